import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tinyTraining } from './support.ts';

/** Where a case happens; paths in it are relative to the folder, which is the working directory. */
export interface Scene {
  folder: string;
  id: string;
  /** The run's folder. */
  directory: string;
  /** Writes a file. */
  put: (path: string, content: string | Uint8Array) => Promise<string>;
  /** Changes a JSON file of the run. */
  edit: (name: string, change: (value: Record<string, unknown>) => void) => Promise<void>;
}

export interface Case {
  name: string;
  /** What happens before; it may give arguments that are appended. */
  before?: (scene: Scene) => Promise<unknown>;
  args: readonly string[] | ((scene: Scene) => readonly string[]);
  code: number;
  says: RegExp;
  env?: NodeJS.ProcessEnv;
  /** Libraries beneath us write to stderr too. */
  noisy?: boolean;
}

export const train = [...tinyTraining, '--data', 'corpus', '--runs', 'runs'];
const set = (override: string) => [...train, '--set', override];
const data = (path: string) => [...tinyTraining, '--data', path, '--runs', 'runs'];
const file = (content: string | Uint8Array) => ({
  before: ({ put }: Scene) => put('bad', content),
  args: data('bad'),
  code: 3,
});
const configured = (content: string) => ({
  before: ({ put }: Scene) => put('bad.json', content),
  args: [...train, '--config', 'bad.json'],
  code: 2,
});
const ofRun = (command: string, ...options: string[]) => ({
  args: ({ id }: Scene) => [command, id, '--json', '--runs', 'runs', ...options],
});
const interrupted = ({ edit }: Scene) => edit('status.json', (status) => (status['state'] = 'interrupted'));

export const corpora: Case[] = [
  { name: 'an empty file', ...file(''), says: /bad is empty/ },
  { name: 'a file of white space', ...file(' \n \n'), says: /bad contains only white space/ },
  { name: 'a binary file', ...file(Uint8Array.from([1, 2, 0, 3])), says: /bad is binary .* byte offset 2 \(line 1\)/ },
  {
    name: 'invalid UTF-8',
    ...file(Uint8Array.from([97, 10, 98, 0xff, 10])),
    says: /not UTF-8.* byte offset 3 \(line 2\)/,
  },
  { name: 'a file of too few lines', ...file('a b\n'), says: /at least 20 are needed/ },
  {
    name: 'a text too short for a step',
    before: ({ put }) => put('bad', 'a\n'.repeat(20)),
    args: [...data('bad'), '--set', 'training.steps=40'],
    code: 2,
    says: /of 36 tokens is too short for batchSize 4 × steps 40/,
  },
  {
    name: 'a validation text too short for its window',
    args: [...set('evaluation.batchSize=100'), '--set', 'evaluation.steps=100'],
    code: 2,
    says: /text of 120 tokens is too short for batchSize 100 × steps 100/,
  },
  {
    name: 'a path that is not there',
    args: data('nowhere'),
    code: 3,
    says: /cannot read \S*nowhere: it does not exist; check the path/,
  },
  { name: 'a path through a file', args: data('corpus/train.txt/x'), code: 3, says: /part of its path is a file/ },
  {
    name: 'a folder without the files',
    before: ({ put }) => put('half/train.txt', 'a\n'),
    args: data('half'),
    code: 3,
    says: /half contains no corpus: .*\(missing: valid\.txt, test\.txt\)/,
  },
  {
    name: 'links that go round',
    before: ({ folder }) => symlink('round', join(folder, 'round')),
    args: data('round'),
    code: 3,
    says: /round: .*(symbolic|ELOOP)/,
  },
];

export const configurations: Case[] = [
  { name: 'an unknown preset', args: [...train, '--preset', 'smal'], code: 2, says: /"smal"; did you mean small\?/ },
  { name: 'an unknown key', args: set('model.hidenSize=3'), code: 2, says: /did you mean model\.hiddenSize\?/ },
  {
    name: 'a wrong type',
    args: set('model.layers="two"'),
    code: 2,
    says: /model\.layers: expected a whole number from 1 to 16, got the string "two"/,
  },
  {
    name: 'half a layer',
    args: set('model.layers=1.5'),
    code: 2,
    says: /model\.layers: expected a whole number.*got 1\.5/,
  },
  {
    name: 'out of range',
    args: set('training.outputKeepProbability=0'),
    code: 2,
    says: /outputKeepProbability: expected .*got 0/,
  },
  {
    name: 'NaN',
    args: set('training.learningRate=NaN'),
    code: 2,
    says: /learningRate: expected a number.*got the string "NaN"/,
  },
  {
    name: 'infinity',
    args: set('training.learningRate=1e999'),
    code: 2,
    says: /learningRate: expected a number.*got (Infinity|the string "1e999")/,
  },
  {
    name: '--set without "="',
    args: set('model.layers'),
    code: 2,
    says: /--set model\.layers: expected key\.path=value/,
  },
  {
    name: '--set of a prototype',
    args: set('__proto__.polluted=1'),
    code: 2,
    says: /__proto__: this name cannot be a key/,
  },
  {
    name: 'two faults at once',
    args: [...set('model.layers=0'), '--set', 'seed=-1'],
    code: 2,
    says: /2 problems.*: --set seed: .*; --set model\.layers: /,
  },
  { name: 'malformed JSON', ...configured('{"seed": 1,,}'), says: /bad\.json: not valid JSON: .*line 1/ },
  { name: 'a list as configuration', ...configured('[1]'), says: /bad\.json: expected an object .* got a list/ },
  { name: 'a prototype in a file', ...configured('{"model": {"__proto__": {"layers": 3}}}'), says: /cannot be a key/ },
  { name: 'an empty configuration file', ...configured(''), says: /bad\.json: not valid JSON/ },
  {
    name: 'a folder as configuration',
    args: [...train, '--config', 'corpus'],
    code: 2,
    says: /cannot read the configuration file corpus: it is a folder/,
  },
  {
    name: 'a configuration that is not there',
    args: [...train, '--config', 'nowhere'],
    code: 2,
    says: /cannot read the configuration file nowhere: it does not exist/,
  },
];

/** Cases that are arranged by means of Linux. */
const onLinux = (cases: readonly Case[]) => (process.platform === 'linux' ? cases : []);

const noGpu: Case[] = [
  {
    name: 'a GPU that is not there',
    args: [...train, '--device', 'webgpu'],
    env: { VK_DRIVER_FILES: '/nonexistent', VK_ICD_FILENAMES: '/nonexistent' },
    code: 2,
    says: /WebGPU cannot be used here: .*It needs a GPU with a driver.*engine\.device "cpu"/,
    noisy: true,
  },
  {
    name: 'a GPU that is not there, of a run that was made without',
    ...ofRun('resume', '--device', 'webgpu'),
    before: interrupted,
    env: { VK_DRIVER_FILES: '/nonexistent', VK_ICD_FILENAMES: '/nonexistent' },
    code: 2,
    says: /WebGPU cannot be used here/,
    noisy: true,
  },
];

export const usage: Case[] = [
  { name: 'an unknown command', args: ['trian'], code: 2, says: /unknown command 'trian' \(Did you mean train\?\)/ },
  {
    name: 'an unknown option',
    args: [...train, '--epoch', '1'],
    code: 2,
    says: /unknown option '--epoch' \(Did you mean --epochs\?\)/,
  },
  { name: 'an argument too many', args: [...train, 'more'], code: 2, says: /too many arguments/ },
  { name: 'a missing argument', args: ['resume', '--json'], code: 2, says: /missing required argument 'run'/ },
  { name: 'a missing option', ...ofRun('predict'), code: 2, says: /required option '--text <text>' not specified/ },
  {
    name: 'an option without its value',
    args: ['train', '--epochs'],
    code: 2,
    says: /'--epochs <n>' argument missing/,
  },
  {
    name: 'less than no threads',
    args: [...train, '--threads', '-1'],
    code: 2,
    says: /'-1' is invalid.*from 0 to 1024/,
  },
  { name: 'part of an epoch', args: [...train, '--epochs', '1.5'], code: 2, says: /'1\.5' is invalid/ },
  { name: 'an empty name', args: [...train, '--name', ''], code: 2, says: /name: expected a string/ },
  { name: 'an unknown device', args: [...train, '--device', 'cuda'], code: 2, says: /'cuda' is invalid.*cpu, webgpu/ },
  {
    name: 'an unknown split',
    ...ofRun('eval', '--split', 'dev'),
    code: 2,
    says: /'dev' is invalid.*train, valid, test/,
  },
  ...onLinux(noGpu),
];

const readOnly: Case[] = [
  {
    name: 'a runs folder that nobody may write',
    args: [...train, '--runs', '/proc/runs'],
    code: 3,
    says: /cannot create the runs folder \/proc\/runs/,
  },
];

export const places: Case[] = [
  {
    name: "a file in the runs folder's place",
    before: ({ put }) => put('taken', ''),
    args: [...train, '--runs', 'taken'],
    code: 3,
    says: /cannot create the runs folder .*taken: there is a file with that name/,
  },
  ...onLinux(readOnly),
  {
    name: 'a list of what is a file',
    before: ({ put }) => put('taken', ''),
    args: ['runs', '--json', '--runs', 'taken'],
    code: 3,
    says: /cannot read the runs folder .*taken/,
  },
  {
    name: 'a run that is not there',
    args: ({ id }) => ['resume', `${id.slice(0, -1)}`, '--json', '--runs', 'runs'],
    code: 3,
    says: /no run .*did you mean \d{8}-\d{6}Z-base-/,
  },
  {
    name: 'a run where there are none',
    args: ['eval', 'x', '--json', '--runs', 'none'],
    code: 3,
    says: /no run "x": .*there are no runs in/,
  },
  {
    name: 'a folder that is no run',
    args: ['eval', './corpus', '--json'],
    code: 3,
    says: /corpus is not a run folder: it has no config\.json/,
  },
  {
    name: 'an export into a folder that is not there',
    ...ofRun('export', '--out', 'no/w.safetensors'),
    code: 3,
    says: /cannot write no\/w\.safetensors: it does not exist/,
  },
  {
    name: 'an export over a folder',
    ...ofRun('export', '--out', 'corpus'),
    code: 3,
    says: /cannot write corpus: it is a folder/,
  },
];

export const runs: Case[] = [
  { name: 'resuming what is done', ...ofRun('resume'), code: 2, says: /is done: there is nothing to resume/ },
  {
    name: 'resuming what still runs on another machine',
    ...ofRun('resume'),
    before: ({ edit }) =>
      edit('status.json', (status) => {
        Object.assign(status, { state: 'running', host: 'elsewhere', heartbeatAt: new Date().toISOString() });
      }),
    code: 3,
    says: /is still being trained by process \d+ on elsewhere; stop that one first/,
  },
  {
    name: 'a corpus that has changed',
    ...ofRun('resume'),
    before: async (scene) => {
      await interrupted(scene);
      await scene.put('corpus/test.txt', 'wa wb\n'.repeat(20));
    },
    code: 3,
    says: /has changed since the run was created: .*Restore the old files/,
  },
  {
    name: 'a corpus that is gone',
    ...ofRun('resume'),
    before: async (scene) => {
      await interrupted(scene);
      await rm(join(scene.folder, 'corpus'), { recursive: true });
    },
    code: 3,
    says: /corpus: it does not exist; check the path/,
  },
  {
    name: 'a text without the words',
    ...ofRun('eval', '--data', 'nowhere'),
    code: 3,
    says: /nowhere: it does not exist/,
  },
  {
    name: 'a cut vocabulary.json',
    ...ofRun('eval'),
    before: ({ put, id }) => put(`runs/${id}/vocabulary.json`, '{"format": 1, "words": ["wa"'),
    code: 3,
    says: /vocabulary\.json is damaged: not valid JSON/,
  },
  {
    name: 'a vocabulary.json with a changed word',
    ...ofRun('resume'),
    before: async (scene) => {
      await interrupted(scene);
      const path = join(scene.directory, 'vocabulary.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('"wa"', '"wA"'));
    },
    code: 3,
    says: /vocabulary\.json is damaged: its words do not have the SHA-256/,
  },
  {
    name: 'a vocabulary.json without <eos>, of a run from before its words were signed',
    ...ofRun('eval'),
    before: async ({ directory }) => {
      const config = await readFile(join(directory, 'config.json'), 'utf8');
      await writeFile(join(directory, 'config.json'), config.replace(/,?\s*"vocabularyDigest": "\w+"/, ''));
      const path = join(directory, 'vocabulary.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('<eos>', '<end>'));
    },
    code: 3,
    says: /vocabulary\.json cannot be used: .*<eos> is missing/,
  },
  {
    name: 'a cut config.json',
    ...ofRun('eval'),
    before: ({ put, id }) => put(`runs/${id}/config.json`, '{'),
    code: 3,
    says: /config\.json is damaged: not valid JSON/,
  },
  {
    name: 'a config.json of a newer version',
    ...ofRun('eval'),
    before: ({ edit }) => edit('config.json', (config) => (config['format'] = 99)),
    code: 3,
    says: /config\.json .*newer Sequence Lab \(format 99, this one reads 1\); update/,
  },
  {
    name: 'a config.json with a key of a newer version',
    ...ofRun('resume'),
    before: async (scene) => {
      await interrupted(scene);
      const path = join(scene.directory, 'config.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('"hiddenSize"', '"attention":4,"hiddenSize"'));
    },
    code: 3,
    says: /does not know model\.attention; continue the run with the version that made it/,
  },
  ...['resume', 'eval', 'export'].map((command) => ({
    name: `${command} without a checkpoint`,
    ...ofRun(command, ...(command === 'export' ? ['--out', 'w.safetensors'] : [])),
    before: async (scene: Scene) => {
      await interrupted(scene);
      await rm(join(scene.directory, 'checkpoints'), { recursive: true });
    },
    code: 3,
    says: /has no checkpoint: none was saved, or they were removed from/,
  })),
];
