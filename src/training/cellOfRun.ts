import type { Configuration } from '../config/schema.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';
import { createEngine } from '../engine/index.ts';
import { gradients } from '../graph/gradients.ts';
import { GraphBuilder } from '../graph/graph.ts';
import type { Graph, Node } from '../graph/node.ts';
import { cells } from '../model/cells/index.ts';
import { buildLanguageModel, feedNames, stateSpecifications, textSteps } from '../model/languageModel.ts';
import type { Reading } from '../model/network.ts';
import type { CellOfRun } from '../protocol/cell.ts';
import { mostWords } from '../protocol/cell.ts';
import { loadCheckpoint } from '../runs/checkpoints.ts';
import { readConfig } from '../runs/files.ts';
import { ConfigurationError } from '../util/errors.ts';
import { progressSchema } from './events.ts';
import { clearStates, parametersFrom } from '../trained/weights.ts';
import { readRunVocabulary } from '../trained/runCorpus.ts';

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
 * Runs a sentence through the network of a run, from its newest good checkpoint, and tells everything that its cells made
 * on the way. The graph is the language model's own, without dropout; states start from zero, as before a text.
 *
 * @throws FileError where the run cannot be read; ConfigurationError where there is no word in the sentence
 */
export async function cellOfRun(request: { folder: string; sentence: string }): Promise<CellOfRun> {
  const { folder, sentence } = request;
  const config = await readConfig(folder);
  const { configuration } = config;
  const { model } = configuration;
  const vocabulary = await readRunVocabulary(folder, config);
  const checkpoint = await loadCheckpoint(folder, progressSchema);
  const text = readSentence(sentence, { configuration, vocabulary });
  const steps = text.targets.length;
  const { graph, layers } = buildExploredGraph(configuration, { steps, vocabularySize: vocabulary.size });
  const engine = await createEngine({ ...configuration.engine, name: 'auto', device: 'cpu' });
  const program = await engine.compile(graph);
  const variables = engine.createVariables();
  try {
    for (const [name, tensor] of parametersFrom(checkpoint.tensors, model, vocabulary.size))
      variables.set(name, tensor);
    clearStates(variables, stateSpecifications(model, 1));
    const outputs = await program.run(variables, {
      [feedNames.tokens]: Int32Array.from(text.tokens),
      [feedNames.targets]: Int32Array.from(text.targets),
    });
    const valuesOf = (name: string): Float32Array => outputs[name] ?? new Float32Array(0);
    const rows = rowsOf(valuesOf('probabilities'), steps);
    const wordOf = (id: number): string => vocabulary.words[id] ?? '';
    return {
      checkpointStep: checkpoint.step,
      cell: model.cell,
      direction: model.direction,
      hidden: model.hiddenSize,
      words: text.words.slice(0, steps),
      next: text.targets.map((id, step) => ({ word: wordOf(id), probability: shareOf(rows[step]?.[id]) })),
      guesses: rows.map((row) => likeliest(row).map((id) => ({ word: wordOf(id), probability: shareOf(row[id]) }))),
      layers: layers.map(({ reading, layer, outputs: named, gradient }) => ({
        reading,
        layer,
        names: Object.keys(named),
        values: base64(Object.values(named).map(valuesOf)),
        reach: gradient === undefined ? [] : reachOf(rowsOf(valuesOf(gradient), steps)),
      })),
    };
  } finally {
    variables.dispose();
    await program.dispose();
  }
}

/** The words with the end of the sentence before them, as in training, and what comes after each. */
function readSentence(
  sentence: string,
  { configuration, vocabulary }: { configuration: Configuration; vocabulary: Vocabulary },
): { tokens: number[]; targets: number[]; words: { text: string; known: boolean }[] } {
  const { corpus, model } = configuration;
  const typed = corpus.unit === 'character' ? [...sentence] : sentence.split(/\s+/u).filter((word) => word !== '');
  const words = typed.slice(0, mostWords).map((text) => ({ text, id: vocabulary.idOf(text) }));
  if (words.length === 0)
    throw new ConfigurationError('The sentence has no words: type some, with blanks between them.');
  const end = vocabulary.endOfSentenceId;
  const ids = words.map(({ id }) => id ?? vocabulary.unknownId ?? end);
  const read = [
    { text: vocabulary.words[end] ?? '', known: true },
    ...words.map(({ text, id }) => ({ text, known: id !== undefined })),
  ];
  // One that reads both ways predicts each word from those on both sides, so behind the last one there must be one more.
  if (model.direction === 'bidirectional') return { tokens: [end, ...ids, end], targets: ids, words: read };
  return { tokens: [end, ...ids], targets: [...ids, end], words: read };
}

/** The language model with all that its cells make as outputs, and the gradient of the last step's loss by their h. */
export function buildExploredGraph(
  { model }: Pick<Configuration, 'model'>,
  { steps, vocabularySize }: { steps: number; vocabularySize: number },
): { graph: Graph; layers: readonly ExploredLayer[] } {
  const b = new GraphBuilder();
  const built = buildLanguageModel(b, { model, vocabularySize, batchSize: 1, steps });
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

function likeliest(row: Float32Array): number[] {
  const best: number[] = [];
  row.forEach((value, id) => {
    const place = best.findIndex((other) => value > (row[other] ?? 0));
    if (place >= 0) best.splice(place, 0, id);
    else if (best.length < guessCount) best.push(id);
    best.length = Math.min(best.length, guessCount);
  });
  return best;
}

/** A float32 probability can be a hair more than 1. */
function shareOf(probability = 0): number {
  return Math.min(1, Math.max(0, probability));
}

function base64(parts: readonly Float32Array[]): string {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return Buffer.from(joined.buffer).toString('base64');
}
