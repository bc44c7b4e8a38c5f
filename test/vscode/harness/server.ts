import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inject } from 'vitest';

import { serverLayout } from '../install.mjs';
import { kill, processes, processesNaming } from './processes.ts';
import type { Process } from './processes.ts';
import { until } from './wait.ts';

export interface ServerOptions {
  /** Workspace trust: off means that every folder is trusted. */
  readonly trust?: 'off' | 'asked';
  /** Settings of the user. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Keys of the user, as keybindings.json has them. */
  readonly keybindings?: readonly Readonly<Record<'key' | 'command', string>>[];
}

/** What keeps the workbench quiet. */
const quiet = {
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'window.autoDetectColorScheme': false,
  'workbench.reduceMotion': 'on',
} as const;

/** VS Code's server with the packaged extension in it, on a folder of data of its own. */
export class Server {
  private constructor(
    readonly url: string,
    /** What the server keeps: settings, logs, the extension. */
    readonly data: string,
    private readonly pid: number,
    private settings: Readonly<Record<string, unknown>>,
  ) {}

  static async start(options: ServerOptions = {}): Promise<Server> {
    const { node, nodeFolder, vscode } = serverLayout();
    const data = mkdtempSync(join(inject('scratch'), 'server-'));
    const { version } = JSON.parse(readFileSync(join(inject('extension'), 'package.json'), 'utf8')) as {
      version: string;
    };
    cpSync(inject('extension'), join(data, 'extensions', `sequence-lab.sequence-lab-${version}`), { recursive: true });
    writeKeybindings(data, options.keybindings ?? []);
    const settings = { ...quiet, 'security.workspace.trust.enabled': options.trust === 'asked', ...options.settings };
    writeSettings(data, settings);

    const child = spawn(
      node,
      [
        ...['out/server-main.js', '--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
        ...['--accept-server-license-terms', '--server-data-dir', data],
      ],
      {
        cwd: vscode,
        env: { ...process.env, PATH: [join(nodeFolder, 'bin'), process.env.PATH].join(delimiter) },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    try {
      const port = await until(
        () => {
          if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${printed}`);
          return /agent listening on (\d+)/.exec(printed)?.[1];
        },
        { what: 'the server to listen', milliseconds: 60_000 },
      );
      return new Server(`http://127.0.0.1:${port}`, data, child.pid ?? 0, settings);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Changes settings of the user; open windows follow. */
  change(settings: Readonly<Record<string, unknown>>): void {
    this.settings = { ...this.settings, ...settings };
    writeSettings(this.data, this.settings);
  }

  /** The extension hosts of the windows that are open, the newest last. */
  extensionHosts(): Process[] {
    const ours = new Set([this.pid]);
    // A parent has been started before its child, though its number may be larger.
    const all = processes();
    for (let size = 0; size !== ours.size;) {
      size = ours.size;
      for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
    }
    return all.filter(({ pid, command }) => ours.has(pid) && command.includes('--type=extensionHost'));
  }

  /** Trainer processes that this server's extension has started, whoever their parent is now. */
  trainers(): Process[] {
    return processesNaming(this.data).filter(({ command }) => /trainer\.cjs|sequence-lab trainer/.test(command));
  }

  /** Model servers that this server's extension has started. */
  modelServers(): Process[] {
    return processesNaming(this.data).filter(({ command }) => /inference\.cjs|sequence-lab model server/.test(command));
  }

  /** Files under the server's logs whose path ends so, the newest last. */
  logs(ending: string): string[] {
    const folder = join(this.data, 'data', 'logs');
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return paths
      .filter((path) => path.endsWith(ending))
      .sort()
      .map((path) => join(folder, path));
  }

  /** What the extension has written into its output channel, over all windows. */
  output(): string {
    return this.logs('Sequence Lab.log')
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
  }

  /** Ends the server and all that it or its extension has started, and removes its data. */
  async close(): Promise<void> {
    for (const { pid } of this.trainers()) kill(pid);
    kill(this.pid, 'SIGTERM');
    await until(() => processesNaming(this.data).length === 0, { what: 'the end', milliseconds: 3000 }).catch(() => {
      for (const { pid } of [...this.extensionHosts(), ...processesNaming(this.data)]) kill(pid);
    });
    rmSync(this.data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function writeSettings(data: string, settings: object): void {
  for (const place of ['Machine', 'User']) {
    mkdirSync(join(data, 'data', place), { recursive: true });
    writeFileSync(join(data, 'data', place, 'settings.json'), JSON.stringify(settings, null, 2));
  }
}

/** As an extension: the browser keeps a user's own keybindings where no file reaches. */
function writeKeybindings(data: string, keybindings: NonNullable<ServerOptions['keybindings']>): void {
  if (keybindings.length === 0) return;
  const folder = join(data, 'extensions', 'sequence-lab.keys-0.0.1');
  mkdirSync(folder);
  const manifest = { publisher: 'sequence-lab', name: 'keys', version: '0.0.1', engines: { vscode: '*' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, contributes: { keybindings } }));
}
