import { describe, expect, it } from 'vitest';
import { inPlaceUpdates } from '../../../src/engine/onnx/inPlace.ts';

type Row = readonly [opType: string, inputs: string, output: string];

/** Which of the outputs new:w (for var:w) and new:j (for var:j, whose parts are var:p and var:q) may lie in place. */
function safe(...rows: readonly Row[]): string[] {
  const operators = rows.map(([opType, inputs, output]) => ({
    opType,
    inputs: inputs.split(' '),
    outputs: output.split(' '),
  }));
  const names = ['w', 'j', 'p'].map((name) => [`new:${name}`, `var:${name}`] as const);
  return [
    ...inPlaceUpdates(operators, {
      replaced: new Map(names),
      sameMemory: new Map([
        ['var:j', ['var:p', 'var:q']],
        ['var:p', ['var:j']],
        ['var:q', ['var:j']],
      ]),
    }),
  ];
}

describe('an update is written in place', () => {
  it('where all that read the old value come before it', () => {
    expect(safe(['Gemm', 'x var:w', 'y'], ['Mul', 'y rate', 'step'], ['Sub', 'var:w step', 'new:w'])).toEqual([
      'new:w',
    ]);
    expect(safe(['ScatterElements', 'var:w ids rows', 'new:w'])).toEqual(['new:w']);
  });

  it('not where anything else reads the old value, or a view of it', () => {
    const update: Row = ['Sub', 'var:w step', 'new:w'];
    expect(safe(update, ['Gemm', 'x var:w', 'late'])).toEqual([]);
    expect(safe(['Gemm', 'x var:w', 'late'], update)).toEqual([]);
    expect(
      safe(['Reshape', 'var:w shape', 'view'], ['Reshape', 'view shape', 'again'], ['Tanh', 'again', 'late'], update),
    ).toEqual([]);
    expect(safe(['Identity', 'var:w', 'out:old'], ['Tanh', 'step', 'late'], update)).toEqual([]);
    // As a loop has what its body reads from around it among its inputs.
    expect(safe(['Scan', 'h x var:w', 'stack'], update)).toEqual([]);
  });

  it('by no operator that reads after it writes', () => {
    expect(safe(['Gemm', 'x y var:w', 'new:w'])).toEqual([]);
    expect(safe(['Identity', 'after', 'new:w'])).toEqual([]);
    expect(safe(['ScatterElements', 'zeros ids var:w', 'new:w'])).toEqual([]);
  });

  it('in joined memory only where its parts are read before, too, and by the update itself at its own place alone', () => {
    const update: Row = ['Sub', 'var:j step', 'new:j'];
    expect(safe(['Gemm', 'x var:p', 'y'], ['Mul', 'y rate', 'step'], update)).toEqual(['new:j']);
    expect(safe(update, ['Gemm', 'x var:q', 'late'])).toEqual([]);
    expect(safe(['Sub', 'var:j var:q', 'new:j'])).toEqual([]);
  });

  it('for a part alone only where the whole is read before', () => {
    const update: Row = ['Sub', 'var:p step', 'new:p'];
    expect(safe(['Gemm', 'x var:j', 'y'], ['Mul', 'y rate', 'step'], update)).toEqual(['new:p']);
    expect(safe(update, ['Gemm', 'x var:j', 'late'])).toEqual([]);
  });
});
