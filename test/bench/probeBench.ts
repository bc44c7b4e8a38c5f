/**
 * What a run's probe costs: rounds of training steps without and with a record, in turns in one process. A round has one
 * record, which is many times as often as in a run; the share of a whole run follows from how often that has one.
 *
 *   npm run bench:probe -- [small|demo|medium] [rounds]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfiguration } from '../../src/config/parse.ts';
import { isPresetName } from '../../src/config/presets.ts';
import { Vocabulary } from '../../src/corpus/vocabulary.ts';
import { createEngine } from '../../src/engine/index.ts';
import { Probe } from '../../src/training/probe.ts';
import { ProbeWriter } from '../../src/training/probeWriter.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { random32, randomKey } from '../../src/util/random.ts';

const preset = process.argv[2] ?? 'small';
const rounds = Number(process.argv[3] ?? 31);
if (!isPresetName(preset) || !Number.isInteger(rounds) || rounds < 3)
  throw new Error('usage: bench:probe -- [preset] [rounds, at least 3]');

/** Few, so that a median over many short rounds passes over what other programs take; the disk works while the later steps compute. */
const stepsPerRound = 5;
/** The size of the text of a real run with this preset: PTB, or the built-in corpus. */
const isDemo = preset === 'demo';
const trainTokens = isDemo ? 200_000 : 929_589;
const vocabularySize = isDemo ? 2_000 : 10_000;

const configuration = resolveConfiguration({
  preset,
  values: { training: { batchSize: 20, steps: 35, schedule: { kind: 'constant' } } },
  ...(isDemo ? {} : { overrides: ['corpus.kind=ptb', 'corpus.path=unused'] }),
});
const ids = Uint16Array.from(
  { length: trainTokens },
  (_, index) => Math.floor(vocabularySize ** (random32(randomKey(7, 'weights', 0), index) / 2 ** 32)) - 1,
);
const words = ['<eos>', '<unk>', ...Array.from({ length: vocabularySize - 2 }, (_, index) => `w${index}`)];
const vocabulary = new Vocabulary(
  words,
  words.map(() => 1),
);

const folder = await mkdtemp(join(tmpdir(), 'seqlab-probe-'));
const engine = await createEngine(configuration.engine);
const trainer = await Trainer.create(configuration, { engine, ids, vocabularySize });
const { variables, totalSteps } = trainer;
const probe = Probe.create({ configuration, vocabulary, valid: ids.subarray(0, 1000), engine, variables, totalSteps });
if (probe === undefined) throw new Error('the preset records no probe');
const fail = (sentence: string): void => {
  throw new Error(sentence);
};
const writer = new ProbeWriter(probe, folder, fail);
let recordNumber = 0;
/** Each under a step of its own at which a record is due. */
const nextPlace = () => ({ step: ++recordNumber * probe.plan.everySteps, epoch: 1 });

async function round(hasRecord: boolean): Promise<number> {
  const start = performance.now();
  for (let step = 0; step < stepsPerRound; step++) {
    if (trainer.isEpochDone) trainer.startNextEpoch();
    await trainer.step();
    if (hasRecord && step === 0) await writer.afterStep(nextPlace());
  }
  await writer.settle();
  return performance.now() - start;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

try {
  const start = performance.now();
  await probe.record(nextPlace());
  const ready = performance.now() - start;
  for (let index = 0; index < 3; index++) await round(true);
  await probe.sample();
  const without: number[] = [];
  const with_: number[] = [];
  const samples: number[] = [];
  for (let index = 0; index < rounds; index++) {
    without.push(await round(false));
    with_.push(await round(true));
    if (index % 5 > 0) continue;
    const begin = performance.now();
    await probe.sample();
    samples.push(performance.now() - begin);
  }
  const [plain, probed, sample] = [median(without), median(with_), median(samples)];
  const { everySteps, hasGates, bytes } = probe.plan;
  const record = probed - plain;
  const step = plain / stepsPerRound;
  const perRecord = record / (step * everySteps);
  const perSample = sample / (step * trainer.stepsPerEpoch);
  console.log(`${preset}, ${engine.description}: ${rounds} rounds of ${stepsPerRound} steps a side, in turns`);
  console.log(
    `a round: ${plain.toFixed(1)} ms without, ${probed.toFixed(1)} ms with a record, ratio of medians ${(probed / plain).toFixed(4)}`,
  );
  console.log(
    `a step ${step.toFixed(1)} ms, a record ${record.toFixed(1)} ms, a sample ${sample.toFixed(1)} ms; a run has a record every ${everySteps} steps`,
  );
  console.log(`share of a run: records ${(100 * perRecord).toFixed(3)} %, samples ${(100 * perSample).toFixed(3)} %`);
  console.log(`the first record, made ready included: ${ready.toFixed(0)} ms`);
  console.log(`a run's records: ${(bytes / 1e6).toFixed(1)} MB, ${hasGates ? 'with' : 'without'} gates`);
} finally {
  await probe.dispose();
  await trainer.dispose();
  await rm(folder, { recursive: true, force: true });
}
