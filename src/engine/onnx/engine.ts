import type * as Ort from 'onnxruntime-node';
import { formatShape, sizeOf } from '../../graph/node.ts';
import type { Graph, NodeOf, Shape } from '../../graph/node.ts';
import { EngineError, messageOf } from '../../util/errors.ts';
import type { Engine, EngineOptions, Feeds, Program } from '../engine.ts';
import { describeThreads, usableProcessors } from '../processors.ts';
import { Downloader } from './download.ts';
import { loweredSize, loweringFor, lowerToOnnx, names } from './lower.ts';
import type { LoweredGraph } from './lower.ts';
import { OnnxVariables } from './variables.ts';

/** Session creation was seen to take 3 s at 30,000 operations and 21 s at 90,000: above this it is worth a word. */
const manyOperations = 20_000;
const tooManyOperations = 200_000;

const gpuRepeatability =
  'A GPU splits sums across its threads in an order that its driver chooses: on another GPU or driver the last digits can ' +
  'differ.';

/**
 * Loads ONNX Runtime and makes an engine on it.
 * @throws EngineError when there is no binary for this platform
 */
export async function createOnnxEngine(options: EngineOptions): Promise<Engine> {
  const ort = await load();
  return new OnnxEngine(ort, options);
}

async function load(): Promise<typeof Ort> {
  try {
    const module = await import('onnxruntime-node');
    // The package is CommonJS: the names may hang on the default export alone.
    return 'InferenceSession' in module ? module : (module as { default: typeof Ort }).default;
  } catch (error) {
    throw new EngineError(
      `ONNX Runtime could not be loaded on ${process.platform} ${process.arch}: ${messageOf(error)}. ` +
        'It has binaries for Linux (x64, arm64), Windows (x64, arm64) and macOS (arm64); on one of these, install the ' +
        'dependencies again (npm ci).',
      { cause: error },
    );
  }
}

class OnnxEngine implements Engine {
  readonly description: string;
  readonly unrollsLoops: boolean;
  readonly repeatability?: string;
  readonly withThreads?: (threads: number) => Engine;
  private readonly threads: number;

  constructor(
    private readonly ort: typeof Ort,
    private readonly options: EngineOptions,
  ) {
    this.unrollsLoops = loweringFor[options.device].minLoopSteps === Infinity;
    this.threads = options.threads === 0 ? usableProcessors() : options.threads;
    if (options.device === 'cpu') this.withThreads = (threads) => new OnnxEngine(ort, { ...options, threads });
    else this.repeatability = gpuRepeatability;
    const device = options.device === 'cpu' ? `cpu, ${describeThreads(this.threads)}` : options.device;
    this.description = `onnxruntime-node ${ort.env.versions.node ?? '?'} (${device})`;
  }

  createVariables(): OnnxVariables {
    return new OnnxVariables(
      this.ort.Tensor,
      new Downloader(async (graph) => this.createSession(graph, lowerToOnnx(graph, loweringFor[this.options.device]))),
    );
  }

  async compile(graph: Graph): Promise<Program> {
    const count = this.operationsIn(graph);
    const onGpu = this.options.device === 'webgpu';
    if (count > tooManyOperations) {
      throw new EngineError(
        `the network has ${count} operations, more than the ${tooManyOperations} that can be prepared in ` +
          'reasonable time: reduce training.steps or model.layers',
      );
    }
    if (count > manyOperations) {
      this.options.onNotice?.(`The network has ${count} operations; preparing it takes a while.`);
    }
    const lowered = lowerToOnnx(graph, loweringFor[this.options.device]);
    return new OnnxProgram(this.ort, { graph, lowered, session: await this.createSession(graph, lowered), onGpu });
  }

  private operationsIn(graph: Graph): number {
    return loweredSize(graph, loweringFor[this.options.device]);
  }

  private async createSession(graph: Graph, { bytes }: LoweredGraph): Promise<Ort.InferenceSession> {
    const onGpu = this.options.device === 'webgpu';
    // Weights and states stay on the GPU from step to step; only what the caller reads comes back.
    const updates = [...graph.updates.keys()].map((name) => [names.update(name), 'gpu-buffer'] as const);
    const outputs = [...graph.outputs.keys()].map((name) => [names.output(name), 'cpu'] as const);
    try {
      return await this.ort.InferenceSession.create(bytes, {
        executionProviders: [this.options.device],
        intraOpNumThreads: this.threads,
        executionMode: 'sequential',
        graphOptimizationLevel: this.operationsIn(graph) > manyOperations ? 'basic' : 'all',
        logSeverityLevel: 3,
        // Idle threads of a paused or waiting trainer must not burn a core: they spin inside a run only.
        extra: {
          session: { force_spinning_stop: '1' },
          // It would undo the transpositions that lowering puts before products on purpose.
          optimization: { disable_specified_optimizers: 'GemmTransposeFusion' },
        },
        ...(onGpu ? { preferredOutputLocation: Object.fromEntries([...updates, ...outputs]) } : {}),
      });
    } catch (error) {
      // The native message begins with a place in ONNX Runtime's source; the reason stands after it.
      const reason = messageOf(error)
        .trim()
        .replace(/^\/\S+ .*? was false\. /, '');
      throw new EngineError(
        onGpu
          ? `WebGPU cannot be used here: ${reason}. It needs a GPU with a driver (on Linux: Vulkan); without one, train ` +
              'with engine.device "cpu", the default.'
          : `ONNX Runtime refused the network: ${reason}. This is an error in Sequence Lab: please report the configuration.`,
        { cause: error },
      );
    }
  }
}

interface OnnxProgramParts {
  graph: Graph;
  lowered: LoweredGraph;
  session: Ort.InferenceSession;
  onGpu: boolean;
}

class OnnxProgram implements Program {
  private readonly outputNames: readonly string[];
  /** The variables that the graph reads one by one, and those that it updates so. */
  private readonly read: Graph['variables'];
  private readonly updated: ReadonlyMap<string, Shape>;

  constructor(
    private readonly ort: typeof Ort,
    private readonly parts: OnnxProgramParts,
  ) {
    const { graph, lowered, session } = parts;
    this.outputNames = [...graph.outputs.keys()];
    const taken = new Set(session.inputNames);
    this.read = new Map([...graph.variables].filter(([name]) => taken.has(names.variable(name))));
    const together = new Set(lowered.joined.flatMap(({ names: joined, isUpdated }) => (isUpdated ? joined : [])));
    this.updated = new Map(
      [...graph.updates].flatMap(([name, { shape }]) => (together.has(name) ? [] : [[name, shape] as const])),
    );
  }

  async run(variables: OnnxVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    const { graph, lowered, session, onGpu } = this.parts;
    const inputs: Record<string, Ort.Tensor> = {};
    const fetches: Record<string, Ort.Tensor | null> = {};
    for (const node of graph.inputs.values()) inputs[names.input(node.attributes.name)] = this.feed(node, feeds);
    for (const [name, { shape }] of graph.variables) variables.check(name, shape);
    for (const { names: parts, shape, isUpdated } of lowered.joined) {
      const joined = variables.join(parts, shape);
      inputs[names.joined(parts)] = joined.current;
      const output = names.joinedUpdate(parts);
      if (isUpdated) fetches[output] = lowered.inPlace.has(output) ? joined.current : joined.spare();
    }
    // Only now: joining variables moves them.
    for (const name of this.read.keys()) inputs[names.variable(name)] = variables.currentOf(name);
    for (const name of this.outputNames) fetches[names.output(name)] = null;
    for (const [name, shape] of this.updated) {
      const output = names.update(name);
      const inPlace = lowered.inPlace.has(output);
      fetches[output] = onGpu ? null : inPlace ? variables.currentOf(name) : variables.spareOf(name, shape);
    }
    const results = await session.run(inputs, fetches);
    for (const { names: parts, shape, isUpdated } of lowered.joined) {
      if (isUpdated && !lowered.inPlace.has(names.joinedUpdate(parts))) variables.join(parts, shape).swap();
    }
    for (const name of this.updated.keys()) {
      const next = results[names.update(name)];
      if (next && (onGpu || !lowered.inPlace.has(names.update(name)))) variables.advance(name, next);
    }
    return Object.fromEntries(
      this.outputNames.map((name) => {
        const data = results[names.output(name)]?.data;
        if (!(data instanceof Float32Array)) throw new EngineError(`output ${name} did not come back as float32`);
        return [name, data];
      }),
    );
  }

  async dispose(): Promise<void> {
    await this.parts.session.release();
  }

  private feed({ attributes: { name, shape, type } }: NodeOf<'input'>, feeds: Feeds): Ort.Tensor {
    const data = feeds[name];
    if (data === undefined) throw new EngineError(`input ${name} was not fed; it is ${formatShape(shape)}`);
    if (data.length !== sizeOf(shape) || data instanceof Int32Array !== (type === 'integer')) {
      const came = `${data.length} ${data instanceof Int32Array ? 'integers' : 'floats'}`;
      throw new EngineError(`input ${name} takes ${formatShape(shape)} ${type}s and was fed ${came}`);
    }
    return data instanceof Int32Array
      ? new this.ort.Tensor('int32', data, shape)
      : new this.ort.Tensor('float32', data, shape);
  }
}
