import * as z from 'zod';

import { parseAs, textOf } from './files.ts';
import { metricsRecordSchema, type MetricsRecord } from './schema.ts';

const anyRecordSchema = z.looseObject({ event: z.string() });
const knownEvents: readonly string[] = metricsRecordSchema.options.map((option) => option.shape.event.value);

/**
 * The record of a line of metrics.jsonl; undefined for a kind of record that only a newer version knows. The usual line is
 * read by a quick check; what that does not know is left to the schema, which says what is wrong.
 *
 * @param given.isText whether the bytes are known to be UTF-8
 * @param given.where the line, for messages
 * @throws FileError where it is damaged
 */
export function recordOfLine(
  bytes: Buffer,
  { isText, where }: { isText: boolean; where: () => string },
): MetricsRecord | undefined {
  if (isText) {
    const value = quietly(() => JSON.parse(bytes.toString('utf8')) as unknown);
    if (isRecord(value)) return value;
  }
  const place = where();
  const text = textOf(bytes, place);
  const { event } = parseAs(anyRecordSchema, text, place);
  return knownEvents.includes(event) ? parseAs(metricsRecordSchema, text, place) : undefined;
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

type Check = (value: unknown) => boolean;
type Shape<Event extends MetricsRecord['event']> = Readonly<
  Record<Exclude<keyof KnownKeys<Extract<MetricsRecord, { event: Event }>>, 'event'>, Check>
>;
/** Without the index signature of what newer versions may add. */
type KnownKeys<T> = { [Key in keyof T as string extends Key ? never : Key]: T[Key] };

const fromOne: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 1;
const positive: Check = (value) => typeof value === 'number' && value > 0 && value < Infinity;
const notNegative: Check = (value) => typeof value === 'number' && value >= 0 && value < Infinity;

/** metricsRecordSchema of the kinds that make up nearly all lines: it takes ten times as long. */
const stepShape: Shape<'step'> = {
  epoch: fromOne,
  step: fromOne,
  epochStep: fromOne,
  perplexity: positive,
  learningRate: notNegative,
  gradientNorm: notNegative,
  wordsPerSecond: notNegative,
  seconds: notNegative,
};
const epochShape: Shape<'epoch'> = {
  epoch: fromOne,
  step: fromOne,
  trainPerplexity: positive,
  validPerplexity: positive,
  seconds: notNegative,
};
const flowShape: Shape<'gradientFlow'> = {
  epoch: fromOne,
  step: fromOne,
  layers: (value) => Array.isArray(value) && value.length > 0 && value.every(isFlowLayer),
};
const shapes: ReadonlyMap<unknown, [string, Check][]> = new Map([
  ['step', Object.entries(stepShape)],
  ['epoch', Object.entries(epochShape)],
  ['gradientFlow', Object.entries(flowShape)],
]);

function isRecord(value: unknown): value is Extract<MetricsRecord, { event: 'step' | 'epoch' | 'gradientFlow' }> {
  if (typeof value !== 'object' || value === null || !('event' in value)) return false;
  const object: Readonly<Record<string, unknown>> = value;
  return shapes.get(value.event)?.every(([key, check]) => check(object[key])) === true;
}

function isFlowLayer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('reading' in value && 'layer' in value && 'norms' in value))
    return false;
  const { reading, layer, norms } = value;
  return (
    (reading === 'forward' || reading === 'backward') &&
    Number.isSafeInteger(layer) &&
    Number(layer) >= 0 &&
    Array.isArray(norms) &&
    norms.length > 0 &&
    norms.every((norm) => norm === null || notNegative(norm))
  );
}
