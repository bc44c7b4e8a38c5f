import { sameShape } from '../../graph/node.ts';
import type { Node, Shape } from '../../graph/node.ts';

/** Variables that lie end to end in memory, so that they are one tensor as well as several. */
export interface JoinedVariables {
  /** In their order. */
  names: readonly string[];
  /** The rows of each; a vector is one row. */
  rows: readonly number[];
  /** Of all together, [rows, width]. */
  shape: Shape;
}

/** The variables that a node lays end to end by rows, each once; undefined for any other node. */
function joinedVariables(node: Node): JoinedVariables | undefined {
  if (node.operation !== 'join' || node.attributes.axis !== 0 || node.shape.length !== 2) return undefined;
  const variables = node.inputs.map((input) => (input.operation === 'reshape' ? input.inputs[0] : input));
  const names = variables.flatMap((variable) => (variable?.operation === 'variable' ? variable.attributes.name : []));
  if (names.length !== node.inputs.length || new Set(names).size < names.length) return undefined;
  return { names, rows: node.inputs.map(({ shape: [rows = 0] }) => rows), shape: node.shape };
}

/** The nodes that lay variables end to end. A variable has one place in memory: of joins that share one, only the first. */
export function joinsOf(nodes: readonly Node[]): Map<Node, JoinedVariables> {
  const taken = new Set<string>();
  const joins = new Map<Node, JoinedVariables>();
  for (const node of nodes) {
    const joined = joinedVariables(node);
    if (!joined || joined.names.some((name) => taken.has(name))) continue;
    joined.names.forEach((name) => taken.add(name));
    joins.set(node, joined);
  }
  return joins;
}

/** The node whose rows are the next values of joined variables, where there is one for them all. */
export function updateOf(joined: JoinedVariables, updates: ReadonlyMap<string, Node>): Node | undefined {
  let start = 0;
  let whole: Node | undefined;
  for (const [index, name] of joined.names.entries()) {
    const update = updates.get(name);
    const part = update?.operation === 'reshape' ? update.inputs[0] : update;
    const [source] = part?.inputs ?? [];
    if (part?.operation !== 'slice' || !source || !sameShape(source.shape, joined.shape)) return undefined;
    const end = start + (joined.rows[index] ?? 0);
    const { attributes } = part;
    if (attributes.axis !== 0 || attributes.start !== start || attributes.end !== end) return undefined;
    if (whole !== undefined && whole !== source) return undefined;
    whole = source;
    start = end;
  }
  return whole;
}
