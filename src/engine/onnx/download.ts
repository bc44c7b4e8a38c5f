import type * as Ort from 'onnxruntime-node';
import { GraphBuilder } from '../../graph/graph.ts';
import type { Graph } from '../../graph/node.ts';
import { EngineError } from '../../util/errors.ts';
import { names } from './lower.ts';

/**
 * Copies tensors from a GPU to the CPU. onnxruntime-node 1.30 cannot: `getData()` of a tensor on a GPU ends the whole
 * process ("not implemented" in its tensor_helper.cc). A session that passes a tensor on and leaves its result on the CPU
 * does it instead; there is one for each shape, made when it is first needed.
 */
export class Downloader {
  private readonly sessions = new Map<string, Promise<Ort.InferenceSession>>();

  /** @param createSession makes a session whose outputs come back on the CPU */
  constructor(private readonly createSession: (graph: Graph) => Promise<Ort.InferenceSession>) {}

  async download(tensor: Ort.Tensor): Promise<Float32Array> {
    const key = tensor.dims.join();
    let session = this.sessions.get(key);
    if (!session) {
      const b = new GraphBuilder();
      session = this.createSession(b.finish({ copy: b.variable('value', tensor.dims) }));
      this.sessions.set(key, session);
    }
    const results = await (await session).run({ [names.variable('value')]: tensor });
    const data = results[names.output('copy')]?.data;
    if (!(data instanceof Float32Array)) throw new EngineError('a tensor did not come back from the GPU as float32');
    return data;
  }

  dispose(): void {
    // A session that could not be made has told its user so; there is nothing to free.
    for (const session of this.sessions.values()) void session.then((made) => made.release()).catch(() => undefined);
    this.sessions.clear();
  }
}
