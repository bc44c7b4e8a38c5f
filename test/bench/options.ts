import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../src/util/errors.ts';
import { shapeNames } from './shapes.ts';
import type { ShapeName } from './shapes.ts';

export interface BenchOptions {
  shapes: readonly ShapeName[];
  /** Rounds of each side after warming up; left out: as many as fit in about a minute a shape. */
  rounds?: number;
  json: boolean;
  help: boolean;
}

export const usage = `Our training step and PyTorch's in turn: speed, memory and the share of this machine's peak.

npm run bench -- [options]
  --shape 200|650|all  2 layers of 200 units, of 650, or both (default: all)
  --rounds N           rounds of each side, 1 to 1000 (default: about a minute a shape)
  --json               one JSON object a line instead of tables
  --help`;

const mostRounds = 1000;

/** @throws ConfigurationError that says what was expected and what came */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { shape, rounds, json, help } = parse(args);
  return {
    shapes: shapesOf(shape),
    ...(rounds !== undefined && { rounds: roundsOf(rounds) }),
    json,
    help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        shape: { type: 'string', default: 'all' },
        rounds: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ConfigurationError(`${messageOf(error)}\nSee npm run bench -- --help`);
  }
}

function shapesOf(text: string): readonly ShapeName[] {
  if (text === 'all') return shapeNames;
  const found = shapeNames.find((name) => name === text);
  if (found === undefined) throw new ConfigurationError(`--shape: expected 200, 650 or all, got "${text}"`);
  return [found];
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds >= 1 && rounds <= mostRounds) return rounds;
  throw new ConfigurationError(`--rounds: expected a whole number from 1 to ${mostRounds}, got "${text}"`);
}
