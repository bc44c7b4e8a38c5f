import type { Node, NodeOf } from '../../../graph/node.ts';
import { checkedIds } from '../feeds.ts';
import type { Planner, Slot } from './plan.ts';

/** The ids of a node that reads or writes rows of a table: int32 [n]. */
export function rowIds(planner: Planner, node: Node): Slot {
  const source = idsInputOf(node);
  const [rows = 0] = node.inputs[0]?.shape ?? [];
  return planner.emit(
    ({ tf, feeds }) => tf.tensor1d(checkedIds(source, feeds, rows), 'int32'),
    [],
    `rows ${source.attributes.name} ${rows}`,
  );
}

/** Where the elements that a node's ids name lie in its matrix [n, width], row after row: int32 [n]. */
export function places(planner: Planner, node: Node): Slot {
  const source = idsInputOf(node);
  const [, width = 0] = node.inputs[0]?.shape ?? [];
  return planner.emit(
    ({ tf, feeds }) =>
      tf.tensor1d(
        checkedIds(source, feeds, width).map((id, row) => row * width + id),
        'int32',
      ),
    [],
    `places ${source.attributes.name} ${width}`,
  );
}

function idsInputOf(node: Node): NodeOf<'input'> {
  const ids = node.inputs.find(({ type }) => type === 'integer');
  // No operation makes integers: they are always fed.
  if (ids?.operation !== 'input') throw new Error(`${node.operation} #${node.id} has ids that are not fed`);
  return ids;
}
