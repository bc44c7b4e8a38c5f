import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../../src/config/schema.ts';
import type { Configuration, ConfigurationInput } from '../../../src/config/schema.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { chooseThreads, fewestFastThreads, threadCandidates } from '../../../src/training/threads.ts';
import { Trainer } from '../../../src/training/trainer.ts';

const vocabularySize = 500;
const ids = Int32Array.from({ length: 20_000 }, (_, index) => (index * index * 7 + index * 3) % vocabularySize);
const twoCores = { usable: 2, physical: 2 };

/** Wide enough to be measured, with dropout and an optimiser that has slots. */
function configurationOf(given: ConfigurationInput = {}): Configuration {
  return configurationSchema.parse({
    ...given,
    model: { layers: 1, hiddenSize: 64, ...given.model },
    training: { batchSize: 10, steps: 20, optimizer: { kind: 'adam' }, outputKeepProbability: 0.8, ...given.training },
  });
}

function onnx(threads: number): Promise<Engine> {
  return createEngine({ name: 'onnx', device: 'cpu', threads });
}

describe('the numbers of threads that are tried', () => {
  it.each([
    ['one processor', { usable: 1, physical: 1 }, [1]],
    ['a quota of 1.5 processors', { usable: 1, physical: 4 }, [1]],
    ['two cores', { usable: 2, physical: 2 }, [1, 2]],
    ['four cores with hyper-threads', { usable: 8, physical: 4 }, [1, 2, 4, 8]],
    ['the same with a quota of three', { usable: 3, physical: 4 }, [1, 2, 3]],
    ['sixteen cores without hyper-threads', { usable: 16, physical: 16 }, [1, 4, 8, 16]],
    ['six fast cores and eight efficiency cores', { usable: 20, physical: 14, performance: 6 }, [1, 2, 3, 6, 14, 20]],
    ['cores of which nothing is known', { usable: 8 }, [1, 2, 4, 6, 8]],
  ])('%s', (_, processors, candidates) => {
    expect(threadCandidates(processors)).toEqual(candidates);
  });
});

describe('the number of threads that is taken', () => {
  it.each([
    ['the fastest', [100, 60, 40], 4],
    ['fewer where more bring less than a twentieth', [100, 60, 58], 2],
    ['one where more are slower', [100, 101, 180], 1],
  ])('%s', (_, times, threads) => {
    const timings = times.map((milliseconds, index) => ({ threads: 2 ** index, milliseconds }));
    expect(fewestFastThreads(timings)).toBe(threads);
  });
});

describe('finding the number of threads of a run', () => {
  it('measures and says so', async () => {
    const options = { configuration: configurationOf(), ids, vocabularySize, processors: twoCores };
    const chosen = await chooseThreads(await onnx(0), options);
    expect(chosen?.reason).toMatch(
      /^found by measurement: 1 thread [\d.]+ ms, 2 threads [\d.]+ ms for 200 words( while .*)?$/,
    );
    const words = chosen?.threads === 1 ? '1 thread' : '2 threads';
    expect(chosen?.engine.description).toContain(`(cpu, ${words})`);
  });

  it('leaves the run as one that was given the number, bit for bit', async () => {
    const configuration = configurationOf();
    const chosen = await chooseThreads(await onnx(0), { configuration, ids, vocabularySize, processors: twoCores });
    const trained = async (engine: Engine) => {
      const trainer = await Trainer.create(configuration, { engine, ids, vocabularySize });
      try {
        for (let step = 0; step < 5; step++) await trainer.step();
        return { position: trainer.position, tensors: await trainer.snapshot() };
      } finally {
        await trainer.dispose();
      }
    };
    if (!chosen) throw new Error('no number was found');
    expect(await trained(chosen.engine)).toEqual(await trained(await onnx(chosen.threads)));
  });

  it.each([
    ['a tiny network', { model: { hiddenSize: 8 } }, twoCores, 1, /^because the network is too small/],
    ['one processor', {}, { usable: 1, physical: 4 }, 1, /^because only one can be used here$/],
    ['a large network', { model: { hiddenSize: 2000 } }, { usable: 4, physical: 2 }, 2, /^one per core, .* too large/],
    ['a text that is too short', { training: { batchSize: 20_000 } }, twoCores, 2, /could not be measured$/],
  ])('measures nothing for %s', async (_, given, processors, threads, reason) => {
    const base = configurationOf();
    const configuration = {
      ...base,
      model: { ...base.model, ...('model' in given ? given.model : {}) },
      training: { ...base.training, ...('training' in given ? given.training : {}) },
    };
    const text = 'training' in given ? ids.subarray(0, 3) : ids;
    const chosen = await chooseThreads(await onnx(0), { configuration, ids: text, vocabularySize, processors });
    expect(chosen).toMatchObject({ threads, reason: expect.stringMatching(reason) as string });
  });

  it('ends when it is asked to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const options = { configuration: configurationOf(), ids, vocabularySize, processors: twoCores, signal };
    await expect(chooseThreads(await onnx(0), options)).rejects.toThrow('enough');
  });

  it('leaves an engine alone whose threads cannot be chosen', async () => {
    const { description } = await onnx(1);
    const fixed: Engine = { description, unrollsLoops: true, createVariables: unused, compile: unused };
    const options = { configuration: configurationOf(), ids, vocabularySize, processors: twoCores };
    expect(await chooseThreads(fixed, options)).toBeUndefined();
  });
});

function unused(): never {
  throw new Error('it must not be used');
}
