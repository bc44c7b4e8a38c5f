import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createEngine } from '../../src/engine/index.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import { fillUniform, randomKey } from '../../src/util/random.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { messageOf } from '../../src/util/errors.ts';
import { requestSchema } from './protocol.ts';
import type { Answer, Request } from './protocol.ts';

/** The argument with which the bundle is our side instead of the benchmark. */
export const oursArgument = '--serve-our-side';

type Handlers = { readonly [K in Request['kind']]: (request: Extract<Request, { kind: K }>) => Promise<Answer> };

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

/** The product's own trainer on the ONNX engine with all cores, nothing left out of a step. */
class OurSide {
  private trainer: Trainer | undefined;
  private stepLength = 1;

  private readonly handlers: Handlers = {
    prepare: async ({ configuration, vocabularySize, idsFile }) => {
      const engine = await createEngine(configuration.engine);
      const bytes = await readFile(idsFile);
      const ids = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      this.trainer = await Trainer.create(configuration, { engine, ids, vocabularySize });
      this.stepLength = configuration.training.steps;
      return { kind: 'ready', description: engine.description };
    },
    round: async ({ steps }) => {
      const { trainer } = this;
      if (!trainer) throw new Error('a round was asked for before prepare');
      const before = cpuSeconds();
      const milliseconds: number[] = [];
      let cost = 0;
      for (let step = 0; step < steps; step++) {
        if (trainer.isEpochDone) trainer.startNextEpoch();
        const costBefore = trainer.position.costSum;
        const start = performance.now();
        await trainer.step();
        milliseconds.push(performance.now() - start);
        cost += trainer.position.costSum - costBefore;
      }
      return {
        kind: 'round',
        milliseconds,
        natsPerWord: cost / (steps * this.stepLength),
        cpuSeconds: { before, after: cpuSeconds() },
        peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      };
    },
    peak: async ({ size, seconds }) => ({ kind: 'peak', ...(await peak(size, seconds)) }),
  };

  async answer(line: string): Promise<Answer> {
    const request = requestSchema.parse(JSON.parse(line));
    switch (request.kind) {
      case 'prepare':
        return this.handlers.prepare(request);
      case 'round':
        return this.handlers.round(request);
      case 'peak':
        return this.handlers.peak(request);
    }
  }

  async dispose(): Promise<void> {
    await this.trainer?.dispose();
  }
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
