import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { version } from '../../package.json';
import type { Configuration } from '../../src/config/schema.ts';
import type { Engine, Variables } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import { fillUniform, randomKey } from '../../src/util/random.ts';
import { Evaluator } from '../../src/training/evaluation.ts';
import { initialParameters } from '../../src/training/parameters.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { messageOf } from '../../src/util/errors.ts';
import { operatorTimes, profiled } from './profile.ts';
import { requestSchema } from './protocol.ts';
import type { Answer, AnswerTo, Request } from './protocol.ts';

/** The argument with which the bundle is our side instead of the benchmark. */
export const oursArgument = '--serve-our-side';

type RequestOf<K extends Request['kind']> = Extract<Request, { kind: K }>;
type Subject = Pick<RequestOf<'prepare'>, 'configuration' | 'vocabularySize' | 'idsFile'>;

/** Serves requests from standard input until it ends. A handler that throws answers with the error. */
export async function serveOurs(): Promise<void> {
  const side = new OurSide();
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await side
      .answer(line)
      .catch((error: unknown): Answer => ({ kind: 'error', message: messageOf(error) }));
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
  await side.dispose();
}

/** What a round repeats: a training step, or the evaluation of the text. */
interface Prepared {
  /** @returns the mean cost of a word in nats */
  run(): Promise<number>;
  dispose(): Promise<void>;
}

/** The product's own trainer and evaluator on the ONNX engine, nothing left out of a step. */
class OurSide {
  private prepared: Prepared | undefined;

  async answer(line: string): Promise<Answer> {
    const request = requestSchema.parse(JSON.parse(line));
    switch (request.kind) {
      case 'describe':
        return describe();
      case 'prepare':
        return this.prepare(request);
      case 'round':
        return this.round(request.steps);
      case 'peak':
        return { kind: 'peak', ...(await peak(request.size, request.seconds)) };
      case 'session':
        return session(request);
      case 'profile':
        return profile(request);
    }
  }

  async dispose(): Promise<void> {
    await this.prepared?.dispose();
  }

  private async prepare(request: RequestOf<'prepare'>): Promise<AnswerTo<'prepare'>> {
    const engine = await createEngine(request.configuration.engine);
    this.prepared = await (request.work === 'training' ? training(engine, request) : evaluation(engine, request));
    return { kind: 'ready', description: engine.description };
  }

  private async round(steps: number): Promise<AnswerTo<'round'>> {
    const { prepared } = this;
    if (!prepared) throw new Error('a round was asked for before prepare');
    const before = cpuSeconds();
    const milliseconds: number[] = [];
    let nats = 0;
    for (let step = 0; step < steps; step++) {
      const start = performance.now();
      nats += await prepared.run();
      milliseconds.push(performance.now() - start);
    }
    return {
      kind: 'round',
      milliseconds,
      natsPerWord: nats / Math.max(1, steps),
      cpuSeconds: { before, after: cpuSeconds() },
      peakMemoryBytes: peakMemoryBytes(),
    };
  }
}

async function training(engine: Engine, { configuration, vocabularySize, idsFile }: Subject): Promise<Prepared> {
  const trainer = await Trainer.create(configuration, { engine, ids: await readIds(idsFile), vocabularySize });
  return {
    run: async () => {
      if (trainer.isEpochDone) trainer.startNextEpoch();
      const before = trainer.position.costSum;
      await trainer.step();
      return (trainer.position.costSum - before) / configuration.training.steps;
    },
    dispose: () => trainer.dispose(),
  };
}

/** Words that are evaluated once before the whole text. */
const warmUpWords = 2000;

async function evaluation(engine: Engine, { configuration, vocabularySize, idsFile }: Subject): Promise<Prepared> {
  const ids = await readIds(idsFile);
  const evaluator = await Evaluator.create(engine, { ...configuration, vocabularySize });
  const variables = firstWeights(engine, configuration, vocabularySize);
  await evaluator.evaluate(variables, ids.subarray(0, warmUpWords));
  return {
    run: async () => (await evaluator.evaluate(variables, ids)).loss,
    dispose: async () => {
      variables.dispose();
      await evaluator.dispose();
    },
  };
}

function firstWeights(engine: Engine, { model, seed }: Configuration, vocabularySize: number): Variables {
  const variables = engine.createVariables();
  for (const [name, tensor] of initialParameters(model, vocabularySize, seed)) variables.set(name, tensor);
  return variables;
}

/** How long a trainer takes to be ready: graph, session, first weights. The engine is loaded before. */
async function session({ configuration, vocabularySize, idsFile }: Subject): Promise<AnswerTo<'session'>> {
  const ids = await readIds(idsFile);
  const engine = await createEngine(configuration.engine);
  let compileMilliseconds = 0;
  const timed: Engine = {
    description: engine.description,
    unrollsLoops: engine.unrollsLoops,
    createVariables: () => engine.createVariables(),
    compile: async (graph) => {
      const start = performance.now();
      const program = await engine.compile(graph);
      compileMilliseconds += performance.now() - start;
      return program;
    },
  };
  const start = performance.now();
  const trainer = await Trainer.create(configuration, { engine: timed, ids, vocabularySize });
  const milliseconds = performance.now() - start;
  await trainer.dispose();
  return { kind: 'session', milliseconds, compileMilliseconds, peakMemoryBytes: peakMemoryBytes() };
}

/** Steps before those that are counted. */
const warmUpSteps = 3;

async function profile({ steps, ...subject }: RequestOf<'profile'>): Promise<AnswerTo<'profile'>> {
  const { result: milliseconds, events } = await profiled(async () => {
    const prepared = await training(await createEngine(subject.configuration.engine), subject);
    for (let step = 0; step < warmUpSteps; step++) await prepared.run();
    const start = performance.now();
    for (let step = 0; step < steps; step++) await prepared.run();
    const taken = performance.now() - start;
    await prepared.dispose();
    return taken / steps;
  });
  return { kind: 'profile', milliseconds, operators: operatorTimes(events, steps) };
}

async function describe(): Promise<AnswerTo<'describe'>> {
  const { description } = await createEngine({ name: 'onnx', device: 'cpu', threads: 0 });
  const commit = commitHere();
  const versions = {
    'Sequence Lab': commit === undefined ? version : `${version} (${commit})`,
    'ONNX Runtime': /\d[\d.]*/.exec(description)?.[0] ?? 'unknown',
    Node: process.versions.node,
  };
  return { kind: 'described', description, versions };
}

/** The commit that was built, where git knows: figures belong to it. */
function commitHere(): string | undefined {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

async function readIds(file: string): Promise<Uint16Array> {
  const bytes = await readFile(file);
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The fastest of the products [size, size] · [size, size] that fit in the time, at least three. */
async function peak(size: number, seconds: number): Promise<{ description: string; flopsPerSecond: number }> {
  const engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 0 });
  const shape = [size, size];
  const b = new GraphBuilder();
  // The product goes into a variable, so no run allocates or copies its result.
  const product = b.variable('product', shape);
  const graph = b.finish({}, new Map([[product, b.matmul(b.variable('left', shape), b.variable('right', shape))]]));
  const program = await engine.compile(graph);
  const variables = engine.createVariables();
  ['left', 'right', 'product'].forEach((name, index) => {
    const data = new Float32Array(size * size);
    fillUniform(data, 1, randomKey(1, 'weights', index));
    variables.set(name, { shape, data });
  });
  let best = Infinity;
  const end = performance.now() + seconds * 1000;
  for (let run = 0; run < 3 || performance.now() < end; run++) {
    const start = performance.now();
    await program.run(variables, {});
    best = Math.min(best, performance.now() - start);
  }
  variables.dispose();
  await program.dispose();
  return { description: engine.description, flopsPerSecond: (2 * size ** 3) / (best / 1000) };
}
