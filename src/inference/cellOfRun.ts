import type { Configuration } from '../config/schema.ts';
import { layerSize } from '../config/sizes.ts';
import { gradients } from '../graph/gradients.ts';
import { GraphBuilder } from '../graph/graph.ts';
import type { Graph, Node } from '../graph/node.ts';
import { cells } from '../model/cells/index.ts';
import { buildUnrolledLanguageModel, feedNames, stateSpecifications, textSteps } from '../model/languageModel.ts';
import type { Reading } from '../model/network.ts';
import type { CellOfRun } from '../protocol/cell.ts';
import { maxWords } from '../protocol/cell.ts';
import { base64Of } from '../util/base64.ts';
import { ConfigurationError } from '../util/errors.ts';
import type { LoadedModel } from './loadedModel.ts';
import { asShare, tokensOf, wordOf } from './nextWords.ts';
import { likeliest } from '../trainedModel/sampling.ts';
import { clearStates } from '../trainedModel/weights.ts';

/** The layers of a direction, and the name of the graph's output that holds each of their values. */
interface ExploredLayer {
  readonly reading: Reading;
  readonly layer: number;
  /** By the name of the values; each output is [steps, hidden]. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The output with the gradients by h, [steps, hidden]. */
  readonly gradient: string | undefined;
}

/** How many of the likeliest words are told. */
const guessCount = 3;

/**
 * Runs a sentence through the network of a run and tells everything that its cells made on the way. The graph is the
 * language model's own, without dropout; states start from zero, as before a text.
 *
 * @throws ConfigurationError where there is nothing to read in the sentence; the reason of `signal` when it aborts before it is
 *   this sentence's turn
 */
export async function cellOfRun(
  loaded: LoadedModel,
  { sentence }: { sentence: string },
  signal?: AbortSignal,
): Promise<CellOfRun> {
  const text = readSentence(loaded, sentence);
  return loaded.whenAlone(async () => {
    signal?.throwIfAborted();
    return explore(loaded, text);
  });
}

async function explore(loaded: LoadedModel, text: ReturnType<typeof readSentence>): Promise<CellOfRun> {
  const { configuration, vocabulary, model, engine } = loaded;
  const steps = text.targets.length;
  const { graph, layers } = buildExploredGraph(configuration, { steps, vocabularySize: vocabulary.size });
  const program = await engine.compile(graph);
  try {
    clearStates(loaded.variables, stateSpecifications(model, 1));
    const outputs = await program.run(loaded.variables, {
      [feedNames.tokens]: Int32Array.from(text.tokens),
      [feedNames.targets]: Int32Array.from(text.targets),
    });
    const valuesOf = (name: string): Float32Array => outputs[name] ?? new Float32Array(0);
    const rows = rowsOf(valuesOf('probabilities'), steps);
    const told = (row: Float32Array | undefined, id: number) => ({
      word: wordOf(loaded, id),
      probability: asShare(row?.[id] ?? 0),
    });
    return {
      checkpointStep: loaded.checkpointStep,
      cell: model.cell,
      direction: model.direction,
      words: text.words.slice(0, steps),
      next: text.targets.map((id, step) => told(rows[step], id)),
      guesses: rows.map((row) => likeliest(row, guessCount).map((id) => told(row, id))),
      layers: layers.map(({ reading, layer, outputs: named, gradient }) => ({
        reading,
        layer,
        units: layerSize(model, layer),
        names: Object.keys(named),
        values: joinedBase64(Object.values(named).map(valuesOf)),
        reach: gradient === undefined ? [] : reachOf(rowsOf(valuesOf(gradient), steps)),
      })),
    };
  } finally {
    await program.dispose();
  }
}

/** The words with the end of the sentence before them, as in training, and what comes after each. */
function readSentence(
  model: LoadedModel,
  sentence: string,
): { tokens: number[]; targets: number[]; words: { text: string; known: boolean }[] } {
  const words = tokensOf(model, sentence).slice(0, maxWords);
  if (words.length === 0)
    throw new ConfigurationError(
      model.configuration.corpus.unit === 'word'
        ? 'The sentence has no words: type some, separated by spaces.'
        : 'The sentence has no characters: type some.',
    );
  const end = model.vocabulary.endOfSentenceId;
  const ids = words.map(({ id }) => id);
  const read = [
    { text: wordOf(model, end), known: true },
    ...words.map(({ token, known }) => ({ text: token, known })),
  ];
  // A bidirectional one predicts each word from those on both sides, so behind the last one there must be one more.
  if (model.isBidirectional) return { tokens: [end, ...ids, end], targets: ids, words: read };
  return { tokens: [end, ...ids], targets: [...ids, end], words: read };
}

/** The language model with all that its cells make as outputs, and the gradient of the last step's loss by their h. */
export function buildExploredGraph(
  { model }: Pick<Configuration, 'model'>,
  { steps, vocabularySize }: { steps: number; vocabularySize: number },
): { graph: Graph; layers: readonly ExploredLayer[] } {
  const b = new GraphBuilder();
  const built = buildUnrolledLanguageModel(b, { model, vocabularySize, batchSize: 1, steps });
  if (textSteps(model, steps) < steps) throw new Error('a network reads what it predicts from');
  const outputs: Record<string, Node> = { probabilities: b.softmax(built.logits) };
  const loss = b.sum(b.slice(built.losses, 0, steps - 1, steps));
  const { states } = cells[model.cell];
  const layers = built.stacks.flatMap(({ reading, layers: results }) => {
    const byStep = results.map((result) => result.steps.flatMap((made) => made.states.slice(0, 1)));
    // A backward layer has read nothing before the last step when it takes part in its loss.
    const found = reading === 'forward' ? gradients(b, loss, byStep.flat()) : undefined;
    return results.map((result, layer): ExploredLayer => {
      const prefix = `${reading}.${layer}`;
      const names: Record<string, string> = {};
      const add = (name: string, nodes: readonly Node[]): string => {
        outputs[`${prefix}.${name}`] = b.join(nodes, 0);
        return `${prefix}.${name}`;
      };
      const inside = result.steps.map((made) => made.inside());
      for (const name of Object.keys(inside[0] ?? {}))
        names[name] = add(
          name,
          inside.flatMap((made) => made[name] ?? []),
        );
      states.forEach((state, index) => {
        names[state] = add(
          `state ${state}`,
          result.steps.flatMap((made) => made.states[index] ?? []),
        );
      });
      const gradient =
        found &&
        add(
          'gradient',
          (byStep[layer] ?? []).flatMap((node) => found.get(node) ?? []),
        );
      return { reading, layer, outputs: names, gradient };
    });
  });
  return { graph: b.finish(outputs), layers };
}

function rowsOf(values: Float32Array, count: number): Float32Array[] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, row) => values.subarray(row * width, (row + 1) * width));
}

/** Lengths of the gradients, each as a part of the last; null where it cannot be told. */
function reachOf(rows: readonly Float32Array[]): (number | null)[] {
  const lengths = rows.map((row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)));
  const last = lengths.at(-1) ?? 0;
  return lengths.map((length) => (last > 0 && Number.isFinite(length / last) ? length / last : null));
}

function joinedBase64(parts: readonly Float32Array[]): string {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return base64Of(joined);
}
