import { reachable } from '../../graph/graph.ts';
import type { Node, NodeOf } from '../../graph/node.ts';
import { collectedOf, partsOf } from '../../graph/recurrence.ts';
import type { Lowering } from './lowering.ts';
import { writeNativeLayer } from './nativeLayer.ts';
import type { Value } from './writer.ts';

/**
 * A recurrence as ONNX's Scan: the step is its body, outer tensors are read from the graph around it by name, and what is
 * scanned or collected has the steps as an axis of its own, which costs nothing but a view.
 */
export function recurrence(lowering: Lowering, node: NodeOf<'recurrence'> & Node): Value {
  const { writer } = lowering;
  const native = lowering.nativeLayers.get(node);
  if (native) return writeNativeLayer(lowering, node, native);
  const { loop, steps, reverse } = node.attributes;
  const given = partsOf(node);
  const collected = [...new Set(collectedOf(lowering, node))];
  const afters = loop.states.map(({ after }) => after);

  const made = [...afters, ...collected];
  const outer = new Map(loop.outer.map((placeholder, index) => [placeholder, valueOf(lowering, given.outer[index])]));
  const body = lowering.body({ nodes: reachable(made), results: made, outer });
  const declareInput = (placeholder: Node, kind: string, index: number) =>
    body.put(placeholder, body.writer.input(body.writer.named(`${kind}${index}`), placeholder.shape, 'float32'));
  loop.states.forEach(({ before }, index) => declareInput(before, 'state', index));
  loop.scanned.forEach((placeholder, index) => declareInput(placeholder, 'scanned', index));
  body.run();
  for (const value of made) body.writer.result(body.valueOf(value), value.shape);

  const scanned = loop.scanned.map((placeholder, index) =>
    writer.node('Reshape', [valueOf(lowering, given.scanned[index]), writer.integers([steps, ...placeholder.shape])]),
  );
  if (scanned.length === 0) {
    // Scan takes the number of steps from what it scans: where the step needs nothing of that, from numbers that it ignores.
    body.writer.input(body.writer.named('step'), [1], 'float32');
    scanned.push(writer.floats(new Array<number>(steps).fill(0), [steps, 1]));
  }
  const direction = Number(reverse);
  const results = writer.nodes(
    'Scan',
    [...given.states.map((state) => valueOf(lowering, state)), ...scanned],
    {
      body: body.writer,
      num_scan_inputs: scanned.length,
      scan_input_directions: scanned.map(() => direction),
      ...(collected.length > 0 ? { scan_output_directions: collected.map(() => direction) } : {}),
    },
    afters.length + collected.length,
  );
  const stacks = new Map(collected.map((value, index) => [value, results[afters.length + index] ?? '']));
  for (const user of lowering.nodes) {
    if (user.inputs[0] !== node) continue;
    if (user.operation === 'last') lowering.put(user, results[user.attributes.state] ?? '');
    if (user.operation === 'collect') {
      const stack = stacks.get(user.attributes.value) ?? '';
      lowering.put(user, writer.node('Reshape', [stack, writer.integers(user.shape)]));
    }
  }
  return '';
}

function valueOf(lowering: Lowering, node: Node | undefined): Value {
  if (!node) throw new Error('a recurrence lacks an input');
  return lowering.valueOf(node);
}
