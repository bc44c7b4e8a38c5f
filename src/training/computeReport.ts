import { arch, cpus, homedir, release, totalmem, type } from 'node:os';
import { version } from '../../package.json';
import { builtinSizes } from '../config/builtinSizes.ts';
import { devices, engines } from '../config/vocabulary.ts';
import { presetCost } from '../config/presetCost.ts';
import { presetNames } from '../config/presets.ts';
import type { PresetName } from '../config/presets.ts';
import type {
  CheckRequest,
  ComputeReport,
  EngineCheck,
  Expectation,
  Measurements,
  ReportRequest,
} from '../protocol/computeReport.ts';
import { usableProcessors } from '../engine/processors.ts';
import { messageOf } from '../util/errors.ts';
import { twoDigits } from '../util/figures.ts';
import { checkInProcess } from './checkProcess.ts';
import { noticeableShare } from './otherPrograms.ts';

export type { ComputeReport } from '../protocol/computeReport.ts';

/** Tokens of the training text of the Penn Treebank, with the ends of lines, and of the built-in corpus. */
const trainTokens = { ptb: 929_589, builtin: builtinSizes.trainTokens } as const;

/** Longer than an engine itself waits for the trial of a native library. */
const checkSeconds = 75;
const measureSeconds = 120;

/** What can train here; `auto` takes the first that works on its device. */
const candidates = [
  { name: 'onnx', device: 'cpu' },
  { name: 'onnx', device: 'webgpu' },
  { name: 'tensorflow', device: 'cpu' },
] as const;
type Candidate = (typeof candidates)[number];

/** As the report calls it: `ONNX Runtime on the CPU`. */
const titleOf = ({ name, device }: Candidate): string => `${engines[name].title} on ${devices[device].title}`;

export interface ComputeReportOptions extends ReportRequest {
  /** The program of the trainer process. */
  trainer: string;
  /** Told in a few words of what is being done. */
  onProgress?: (words: string) => void;
  signal?: AbortSignal;
}

/**
 * Checks every engine, each in a process of its own, and measures the one that training takes. Takes about fifteen seconds.
 * @throws the reason of `signal` when it aborts; nothing else, for an engine that does not work is what is reported
 */
export async function computeReport(options: ComputeReportOptions): Promise<ComputeReport> {
  const { threads, onProgress, signal } = options;
  onProgress?.('checking the engines');
  const checked = withoutRepetition(await Promise.all(candidates.map((candidate) => check(candidate, options))));
  let chosen = checked.find(
    ({ name, device, works }) =>
      works && device === options.device && (options.name === 'auto' || name === options.name),
  );
  const result: { measured?: Measurements; problem?: string } = {};
  if (chosen) {
    onProgress?.(`measuring ${chosen.title}`);
    try {
      const request = { ...choiceOf(chosen), threads, measure: true };
      const limit = { timeLimitSeconds: measureSeconds };
      const { measured, description } = await checkInProcess(request, { ...options, ...limit });
      // It is measured with the number of threads that a run finds, which the description says.
      chosen = { ...chosen, description };
      if (measured) Object.assign(result, { measured }, busyWords(measured));
    } catch (error) {
      signal?.throwIfAborted();
      result.problem = `${chosen.title} could not be measured: ${withoutHome(messageOf(error))}`;
    }
  }
  const { measured } = result;
  const engines = checked.map((engine) => (chosen && isSame(engine, chosen) ? chosen : engine));
  return {
    verdict: verdictOf({ engines, chosen, measured, request: options }),
    trains: engines.some(({ works }) => works),
    machine: machineOf(),
    versions: {
      sequenceLab: version,
      node: process.versions.node,
      ...(process.versions['electron'] === undefined ? {} : { electron: process.versions['electron'] }),
    },
    threads: { asked: threads, ...threadsOf(threads, measured) },
    engines,
    ...(chosen ? { chosen: choiceOf(chosen) } : {}),
    ...result,
    expected: measured ? presetNames.map((preset) => expectationOf(preset, measured)) : [],
  };
}

function threadsOf(asked: number, measured: Measurements | undefined): Omit<ComputeReport['threads'], 'asked'> {
  if (asked !== 0) return { used: asked, reason: 'as set' };
  const found = measured?.threads;
  return found ? { used: found.count, reason: found.reason } : { used: usableProcessors(), reason: 'one per core' };
}

async function check(candidate: Candidate, options: ComputeReportOptions): Promise<EngineCheck> {
  const request: CheckRequest = { ...choiceOf(candidate), threads: options.threads, measure: false };
  try {
    const { description, notices } = await checkInProcess(request, { ...options, timeLimitSeconds: checkSeconds });
    return { ...candidate, title: titleOf(candidate), works: true, description, notes: noticesWithAdvice(notices) };
  } catch (error) {
    options.signal?.throwIfAborted();
    return {
      ...candidate,
      title: titleOf(candidate),
      works: false,
      notes: [asNote(messageOf(error)), ...adviceFor(candidate)],
    };
  }
}

function adviceFor({ name, device }: Candidate): string[] {
  if (device === 'webgpu') return ['Training does not need it: the CPU is the default.'];
  return name === 'onnx' ? ['VS Code’s extension has a copy of its own: there, install the extension again.'] : [];
}

/** Why TensorFlow.js does not compute with its native library, and what to do where the user wants that. */
function noticesWithAdvice(notices: readonly string[]): string[] {
  const command = 'the command “Install TensorFlow for Node…” of VS Code';
  const missing = '@tensorflow/tfjs-node is not used: it is not installed';
  const isBroken = notices.some((notice) => /tfjs-node .*is not used/.test(notice) && !notice.startsWith(missing));
  if (isBroken) {
    const shown = notices.filter((notice) => !notice.startsWith(missing)).map(asNote);
    return [...shown, `To fix this, install it again with ${command}.`];
  }
  const isMissing = notices.some((notice) => notice.startsWith(missing));
  const advice = `It is optional: install it with ${command}, or with npm in a folder, and set the variable SEQUENCE_LAB_TFJS_NODE to that folder.`;
  return [...notices.map(asNote), ...(isMissing ? [advice] : [])];
}

/** What is missing for one device is told once. */
function withoutRepetition(engines: readonly EngineCheck[]): EngineCheck[] {
  return engines.map((engine, index) => {
    const first = engines.slice(0, index).find(({ works, notes }) => !works && notes[0] === engine.notes[0]);
    return first === undefined || engine.works
      ? engine
      : { ...engine, notes: [`For the same reason as ${first.title}.`] };
  });
}

function besideOthers({ othersShare }: Measurements): string {
  return othersShare < noticeableShare ? '' : ' while other programs were running';
}

function busyWords({ othersShare }: Measurements): { problem?: string } {
  if (othersShare < noticeableShare) return {};
  const percentage = Math.round(othersShare * 100);
  return {
    problem: `Other programs used ${percentage} % of the processor during the measurement: the machine is faster than these figures suggest.`,
  };
}

function isSame(one: EngineCheck, other: EngineCheck): boolean {
  return one.name === other.name && one.device === other.device;
}

function choiceOf({ name, device }: Pick<EngineCheck, 'name' | 'device'>) {
  return { name, device };
}

/** A sentence that can be shown to others: with a capital, and without the name of the user that the home folder tells. */
function asNote(sentence: string): string {
  const plain = withoutHome(sentence).trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function withoutHome(text: string): string {
  const home = homedir();
  return home.length > 1 ? text.replaceAll(home, '~') : text;
}

function machineOf(): ComputeReport['machine'] {
  // A container may have less than the machine. Node has told since 20.13; it says 0 or the impossible where there is no limit.
  const limit = process.constrainedMemory();
  const memory = totalmem();
  return {
    system: `${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() || 'unknown processor',
    cores: usableProcessors(),
    memoryBytes: limit > 0 && limit < memory ? limit : memory,
  };
}

function verdictOf(outcome: {
  engines: readonly EngineCheck[];
  chosen: EngineCheck | undefined;
  measured: Measurements | undefined;
  request: ReportRequest;
}): string {
  const { engines, chosen, measured, request } = outcome;
  if (chosen) {
    const small = measured?.training.find(({ preset }) => preset === 'small');
    const speed =
      measured && small
        ? `, about ${twoDigits(small.wordsPerSecond)} words/s with the preset small${besideOthers(measured)}`
        : ', but its speed could not be measured';
    const isSecond = request.name === 'auto' && chosen.name !== 'onnx';
    const better = isSecond ? ' ONNX Runtime, which is faster, does not load.' : '';
    return `Training works here: ${chosen.description ?? chosen.title}${speed}.${better}`;
  }
  const other = engines.find(({ works }) => works);
  if (!other) return 'Training does not work here: no engine loads. The reason is given below for each of them.';
  const asked = `engine.name ${request.name} and engine.device ${request.device}`;
  return `Training does not work with ${asked}; it does with engine.name ${other.name} and engine.device ${other.device}.`;
}

/** A preset whose steps were not timed has its arithmetic at the rate of the largest that was: large products are faster. */
function expectationOf(preset: PresetName, { training }: Measurements): Expectation {
  const { corpus, epochs, flopsPerWord } = presetCost(preset);
  const timed = training.find((measured) => measured.preset === preset);
  const [largest] = training.toSorted(
    (one, other) => presetCost(other.preset).flopsPerWord - presetCost(one.preset).flopsPerWord,
  );
  const wordsPerSecond = timed?.wordsPerSecond ?? ((largest?.gflops ?? NaN) * 1e9) / flopsPerWord;
  const secondsPerEpoch = trainTokens[corpus] / wordsPerSecond;
  return { preset, corpus, isMeasured: timed !== undefined, wordsPerSecond, secondsPerEpoch, epochs };
}
