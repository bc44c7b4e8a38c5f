import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Configuration } from '../../config/schema.ts';
import type { CheckAnswer, CheckRequest, ComputeReport, ReportRequest } from '../../protocol/computeReport.ts';
import type { RequestMessage } from '../../protocol/message.ts';
import { launch } from '../../protocol/trainer.ts';
import type { BegunRun } from '../../protocol/trainer.ts';
import { askTrainer, spawnTrainer } from '../../trainers/launching.ts';
import type { LaunchOptions as AskOptions } from '../../trainers/launching.ts';
import { nodeEnvironment } from './environment.ts';
import { withHugePages } from '../../util/hugePages.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { requireTrust } from '../trust.ts';

/** Where a launched process stands; what it needs of the window. */
interface LauncherParts {
  /** The trainer's script. */
  readonly script: string;
  /** For what the processes print. */
  readonly logFolder: string;
  readonly log: Log;
  /** Where TensorFlow for Node was installed by command; undefined where it was not. */
  readonly tensorflowFolder: () => string | undefined;
}

export interface LaunchOptions extends Omit<AskOptions, 'onProblem'> {
  /** TensorFlow for Node in place of the one that is installed. */
  readonly tensorflowFolder?: string;
}

/** Starts trainer processes. They are children of nobody: they live on when the window closes. */
export class TrainerLauncher {
  private started = 0;

  constructor(private readonly parts: LauncherParts) {}

  /** Makes a run and trains it. @returns when its first step is next. @throws Error with the reason in words */
  start(
    request: { configuration: Configuration; runsFolder: string; stopWhenAlone: boolean },
    options: LaunchOptions = {},
  ): Promise<BegunRun> {
    return this.launch(launch.start, request, options);
  }

  /** Goes on with a run from its newest checkpoint. @throws Error with the reason in words */
  resume(
    request: { folder: string; stopWhenAlone: boolean; learningRate?: number | undefined },
    options: LaunchOptions = {},
  ): Promise<BegunRun> {
    return this.launch(launch.resume, request, options);
  }

  /** Floating-point operations a second of this machine in training steps, measured in about three seconds. */
  async measure(request: Configuration['engine'], options: LaunchOptions = {}): Promise<number> {
    return (await this.launch(launch.measure, request, options)).flopsPerSecond;
  }

  /** What this machine can compute with, measured in about fifteen seconds. */
  report(request: ReportRequest, options: LaunchOptions = {}): Promise<ComputeReport> {
    return this.launch(launch.report, request, options);
  }

  /** Checks one engine. @throws Error with the reason in words where it does not work */
  check(request: CheckRequest, options: LaunchOptions = {}): Promise<CheckAnswer> {
    return this.launch(launch.check, request, options);
  }

  private async launch<P, R>(message: RequestMessage<P, R>, params: P, options: LaunchOptions): Promise<R> {
    requireTrust();
    options.signal?.throwIfAborted();
    const { log, script, logFolder } = this.parts;
    const launched = spawnTrainer({
      script,
      output: join(logFolder, `trainer-${process.pid}-${++this.started}.log`),
      // It lives for days: the folder that the editor was started in must not be held for so long.
      cwd: homedir(),
      env: withHugePages(nodeEnvironment(options.tensorflowFolder ?? this.parts.tensorflowFolder())),
    });
    log.info(`Process ${launched.child.pid ?? '?'}: ${message.method}; what it prints is in ${launched.output}`);
    return askTrainer(launched, message, params, {
      ...options,
      onNotice: (sentence) => {
        log.warn(sentence);
        options.onNotice?.(sentence);
      },
      onProblem: (error) => logError(log, 'A trainer sent an invalid message', error),
    });
  }
}
