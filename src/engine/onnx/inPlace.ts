/** An operator as far as memory is concerned. */
interface Operator {
  opType: string;
  inputs: readonly string[];
  outputs: readonly string[];
}

/** Operators that read the elements they replace before they write them, and no others. */
const elementwise = new Set(['Add', 'Sub', 'Mul', 'Div']);
/** Operators whose result may be a view of their first input. */
const views = new Set(['Reshape', 'Identity']);

/**
 * The outputs that may be written where the input that they replace lies: every operator that reads the old value, under
 * whatever name, has run before the one that writes the new value, since the new value depends on it. Of the operators
 * themselves only those may write so that take element by element, or that begin with a copy of their first input.
 *
 * @param options.replaced which input each output replaces
 * @param options.sameMemory the other inputs that lie, whole or in part, in the memory of an input
 */
export function inPlaceUpdates(
  operators: readonly Operator[],
  options: { replaced: ReadonlyMap<string, string>; sameMemory: ReadonlyMap<string, readonly string[]> },
): Set<string> {
  const makers = new Map<string, number>();
  const readers = new Map<string, number[]>();
  operators.forEach(({ inputs, outputs }, index) => {
    for (const name of outputs) makers.set(name, index);
    for (const name of inputs) {
      const list = readers.get(name);
      if (list) list.push(index);
      else readers.set(name, [index]);
    }
  });

  /** Every operator that reads a value or a view of it. */
  const readersOf = (name: string): number[] =>
    (readers.get(name) ?? []).flatMap((index) => {
      const { opType = '', outputs = [], inputs = [] } = operators[index] ?? {};
      return views.has(opType) && inputs[0] === name ? [index, ...outputs.flatMap(readersOf)] : [index];
    });

  const ancestorsOf = (index: number): Set<number> => {
    const found = new Set<number>();
    const waiting = [index];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const name of operators[next]?.inputs ?? []) {
        const maker = makers.get(name);
        if (maker === undefined || found.has(maker)) continue;
        found.add(maker);
        waiting.push(maker);
      }
    }
    return found;
  };

  const safe = new Set<string>();
  for (const [output, input] of options.replaced) {
    const maker = makers.get(output);
    const operator = maker === undefined ? undefined : operators[maker];
    if (maker === undefined || !operator) continue;
    const scatters = operator.opType === 'ScatterElements' && operator.inputs[0] === input;
    if (!scatters && !elementwise.has(operator.opType)) continue;
    const ancestors = ancestorsOf(maker);
    // The operator itself may read what it replaces, but at no other place of the same memory.
    const others = [
      ...readersOf(input).filter((index) => index !== maker),
      ...(options.sameMemory.get(input) ?? []).flatMap(readersOf),
    ];
    if (others.every((index) => ancestors.has(index))) safe.add(output);
  }
  return safe;
}
