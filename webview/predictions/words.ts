import { cellTitle } from '../../src/config/cells.ts';
import { describeSizes } from '../../src/config/sizes.ts';
import type { ModelFacts, Sampling, ScoredToken } from '../../src/protocol/inference.ts';
import { visible } from '../shared/visible.ts';

/** Figures and what is said about them, in one place. */

/** `42 %`, `3.1 %`, `0.02 %`, `< 0.001 %`: of one kind, for they stand below each other. */
export function percent(probability: number): string {
  if (!Number.isFinite(probability)) return '–';
  if (probability === 0) return '0 %';
  if (probability < 1e-5) return '< 0.001 %';
  const digits = probability >= 0.0995 ? 0 : probability >= 0.00995 ? 1 : probability >= 0.000995 ? 2 : 3;
  return `${(100 * probability).toFixed(digits)} %`;
}

export function describeBits(bits: number): string {
  return `${bits.toFixed(bits < 99.95 ? 2 : 0)} bits`;
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

export function describePerplexity(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  const digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `LSTM, 2 × 200 units, bidirectional, weights of step 12,345`; `LSTM, 300 + 200 units` where sizes differ. */
export function describeModel({ cell, direction, checkpointStep, ...sizes }: ModelFacts): string {
  const ways = direction === 'bidirectional' ? ', bidirectional' : '';
  return `${cellTitle(cell)}, ${describeSizes(sizes)} units${ways}, weights of step ${grouped(checkpointStep)}`;
}

/** What the options make of the bars; empty where they show the model's own probabilities. */
export function describeSampling({ temperature, topK, topP, banUnknown }: Sampling): string {
  const parts = [
    ...(temperature === 1 ? [] : temperature === 0 ? ['always the most likely word'] : [`temperature ${temperature}`]),
    ...(topK === 0 ? [] : [topK === 1 ? 'only the most likely word' : `only the ${grouped(topK)} most likely words`]),
    ...(topP === 1 ? [] : [`nucleus ${topP}`]),
    ...(banUnknown ? ['no unknown words (<unk>)'] : []),
  ];
  return parts.join(', ');
}

export interface Totals {
  readonly tokens: number;
  readonly unknown: number;
  readonly bits: number;
  readonly perplexity: number | null;
}

/** @param perplexity of the whole; of a part of the text it is that of the part */
export function totalsOf(tokens: readonly ScoredToken[], perplexity: number | null): Totals {
  const bits = tokens.reduce((sum, token) => sum + token.bits, 0);
  return { tokens: tokens.length, unknown: tokens.filter(({ known }) => !known).length, bits, perplexity };
}

/** `“company”: 12.3 %, 3.02 bits, rank 2`. */
export function describeToken({ token, probability, bits, rank }: ScoredToken): string {
  return `“${visible(token)}”: ${percent(probability)}, ${describeBits(bits)}, rank ${grouped(rank)}`;
}

/** What is to be said of how a token was read; empty where it was read as it stands. */
export function describeReading({ token, readAs, known }: ScoredToken): string {
  if (!known) return `Not in the vocabulary: read as ${readAs}.`;
  return token === readAs ? '' : `Read as “${visible(readAs)}”.`;
}

/** Bits more or fewer than before, with a mark that needs no colour; empty where there is no difference to see. */
export function changeMark(bits: number, before: number): string {
  const change = bits - before;
  if (!Number.isFinite(change) || Math.abs(change) < 0.05) return '';
  return `${change > 0 ? '▼' : '▲'} ${Math.abs(change).toFixed(1)}`;
}
