import { accumulate } from './accumulate.ts';
import { combineFactors, dependsOnAny } from './factors.ts';
import { GraphBuilder, GraphError, reachable } from './graph.ts';
import type { Node, NodeOf } from './node.ts';
import { rebuild } from './rebuild.ts';
import { builderOf, makeLoop, partsOf } from './recurrence.ts';

type RecurrenceNode = NodeOf<'recurrence'> & Node;
type Backpropagate = (
  b: GraphBuilder,
  seeds: ReadonlyMap<Node, readonly Node[]>,
  targets: readonly Node[],
) => Map<Node, readonly Node[]>;

/** The gradients that came back to what was taken from recurrences. */
export class ResultGradients {
  private readonly all = new Map<Node, { result: NodeOf<'collect'> | NodeOf<'last'>; gradient: Node }[]>();

  add(result: (NodeOf<'collect'> | NodeOf<'last'>) & Node, gradient: Node): void {
    const [recurrence] = result.inputs;
    if (!recurrence) throw new GraphError('a result belongs to a recurrence');
    this.all.set(recurrence, [...(this.all.get(recurrence) ?? []), { result, gradient }]);
  }

  of(recurrence: Node): readonly { result: NodeOf<'collect'> | NodeOf<'last'>; gradient: Node }[] {
    return this.all.get(recurrence) ?? [];
  }
}

/**
 * Back-propagation through a recurrence: a recurrence of its own that goes the other way.
 *
 * The step is differentiated once, by the ordinary rules, on the step's own builder. Of what that makes, whatever needs no
 * incoming gradient is computed in the forward loop, while the step's values are at hand, and collected there; the rest
 * becomes the step of the backward loop, whose states are the gradients of the states. What comes back to an outer tensor
 * is a sum over the steps: where each summand is a product or a sum over the rows of a step, one product or sum over the
 * rows of all steps behind the loop takes its place; any other is added up from step to step.
 *
 * @param results the gradients that came back to what was taken from the recurrence
 * @returns the gradient of each input; undefined where none flows or none is wanted
 */
export function recurrenceGradients(
  b: GraphBuilder,
  node: RecurrenceNode,
  results: ReturnType<ResultGradients['of']>,
  options: { isWanted: readonly boolean[]; backpropagate: Backpropagate },
): readonly (Node | undefined)[] {
  if (results.length === 0) return [];
  return new BackwardLoop(b, node, results, options).gradients();
}

class BackwardLoop {
  /** The builder of the forward step, on which its gradients are made too. */
  private readonly forward: GraphBuilder;
  /** What the backward step takes, on the forward step's builder, with the tensor that is fed for it. */
  private readonly gradientStates: Node[] = [];
  private readonly initialStates: Node[] = [];
  private readonly gradientRows = new Map<Node, Node>();
  private readonly dependsOnGradient = new Set<Node>();
  private readonly independent = new Set<Node>();

  /** The step of the backward loop, and what it scans: placeholder and tensor. */
  private readonly body = new GraphBuilder();
  private readonly transferred = new Map<Node, Node>();
  private readonly scanned: { placeholder: Node; tensor: Node }[] = [];

  constructor(
    private readonly b: GraphBuilder,
    private readonly node: RecurrenceNode,
    private readonly results: ReturnType<ResultGradients['of']>,
    private readonly options: { isWanted: readonly boolean[]; backpropagate: Backpropagate },
  ) {
    this.forward = builderOf(node.attributes.loop);
  }

  gradients(): readonly (Node | undefined)[] {
    const { b, node, body } = this;
    const { loop, steps, reverse } = node.attributes;
    const made = this.differentiate();
    const factored = (parts: readonly Node[]) =>
      combineFactors(this.forward, accumulate(this.forward, parts), this.dependsOnGradient);

    const stateCount = loop.states.length;
    const befores = loop.states.map(({ before }, index) => {
      const parts = made.get(before);
      const next = parts ? this.transfer(factored(parts)) : body.constant(0, before.shape);
      return { before: this.stateOf(index), after: next };
    });
    const rows = loop.scanned.map((placeholder, index) => {
      const parts = this.isWanted(stateCount + index) ? made.get(placeholder) : undefined;
      return parts && this.transfer(factored(parts));
    });
    const sums = loop.outer.map((placeholder) => {
      const parts = made.get(placeholder) ?? [];
      return parts.map((part) => this.sumOverSteps(combineFactors(this.forward, part, this.dependsOnGradient)));
    });

    const accumulators = sums.flat().flatMap((sum) => (sum.kind === 'carried' ? [sum] : []));
    const states = [...befores, ...accumulators.map(({ before, part }) => ({ before, after: body.add(before, part) }))];
    const outer = partsOf(node).outer;
    const usedOuter = loop.outer.map((placeholder) => this.transferred.get(placeholder));
    const backward = b.recurrence(
      makeLoop(body, {
        states,
        scanned: this.scanned.map(({ placeholder }) => placeholder),
        outer: usedOuter.flatMap((used) => used ?? []),
      }),
      [
        ...this.initialStates,
        ...accumulators.map(({ before }) => b.constant(0, before.shape)),
        ...this.scanned.map(({ tensor }) => tensor),
        ...outer.filter((_, index) => usedOuter[index] !== undefined),
      ],
      { steps, reverse: !reverse },
    );

    const lastOf = new Map(accumulators.map((sum, index) => [sum, b.last(backward, stateCount + index)] as const));
    const stackOf = (value: Node) => this.stack(value, backward);
    return [
      ...loop.states.map(({ before }, index) =>
        this.isWanted(index) && made.has(before) ? b.last(backward, index) : undefined,
      ),
      ...rows.map((value) => value && b.collect(backward, value)),
      ...sums.map((parts) =>
        parts.length === 0
          ? undefined
          : accumulate(
              b,
              parts.map((sum) => (sum.kind === 'carried' ? (lastOf.get(sum) as Node) : sum.build(stackOf))),
            ),
      ),
    ];
  }

  private isWanted(input: number): boolean {
    return this.options.isWanted[input] ?? false;
  }

  /** The summands of each placeholder's gradient, on the forward step's builder. */
  private differentiate(): Map<Node, readonly Node[]> {
    const { b, forward, node, results } = this;
    const { loop } = node.attributes;
    const seeds = new Map<Node, Node[]>();
    const seed = (value: Node, gradient: Node) => {
      this.dependsOnGradient.add(gradient);
      seeds.set(value, [...(seeds.get(value) ?? []), gradient]);
    };
    const lasts = new Map(
      results.flatMap(({ result, gradient }) =>
        result.operation === 'last' ? [[result.attributes.state, gradient] as const] : [],
      ),
    );
    loop.states.forEach(({ after }, index) => {
      const gradient = forward.input(`gradient.state.${index}`, after.shape);
      this.gradientStates.push(gradient);
      this.initialStates.push(lasts.get(index) ?? b.constant(0, after.shape));
      seed(after, gradient);
    });
    for (const { result, gradient } of results) {
      if (result.operation !== 'collect') continue;
      const { value } = result.attributes;
      const rows = forward.input(`gradient.value.${value.id}`, value.shape);
      this.gradientRows.set(rows, gradient);
      seed(value, rows);
    }
    const stateCount = loop.states.length;
    const optional = [...loop.scanned, ...loop.outer].filter((_, index) => this.isWanted(stateCount + index));
    return this.options.backpropagate(forward, seeds, [...loop.states.map(({ before }) => before), ...optional]);
  }

  private dependsOn(node: Node): boolean {
    return dependsOnAny(node, this.dependsOnGradient, this.independent);
  }

  /** The backward step's placeholder of a state's gradient. */
  private stateOf(index: number): Node {
    const gradient = this.gradientStates[index];
    if (!gradient) throw new GraphError(`a loop has no state ${index}`);
    return this.transfer(gradient);
  }

  /** A value of the forward step's builder in the backward step: computed there, or scanned as the forward loop left it. */
  private transfer(value: Node): Node {
    const known = this.transferred.get(value);
    if (known) return known;
    const made = this.place(value);
    this.transferred.set(value, made);
    return made;
  }

  private place(value: Node): Node {
    const { body, node } = this;
    const { loop } = node.attributes;
    const state = this.gradientStates.indexOf(value);
    if (state >= 0) return body.input(`state.${state}`, value.shape);
    const rows = this.gradientRows.get(value);
    if (rows) return this.scan(value, rows);
    if (loop.outer.includes(value)) return body.input(`outer.${loop.outer.indexOf(value)}`, value.shape);
    const computedAnew = this.dependsOn(value) || isCheaperToRecompute(value) || !this.dependsOnStep(value);
    // Only what has rows can be collected: a number is, as a row of its own.
    if (!computedAnew && value.shape.length === 0) {
      return body.reshape(this.transfer(this.forward.reshape(value, [1])), value.shape);
    }
    if (computedAnew) {
      return rebuild(
        body,
        value,
        value.inputs.map((input) => this.transfer(input)),
      );
    }
    return this.scan(value, this.forwardStack(value));
  }

  private scan(value: Node, tensor: Node): Node {
    const placeholder = this.body.input(`scanned.${this.scanned.length}`, value.shape);
    this.scanned.push({ placeholder, tensor });
    return placeholder;
  }

  /** Whether a value is another at each step, as opposed to one of outer tensors and constants alone. */
  private dependsOnStep(value: Node): boolean {
    const { states, scanned } = this.node.attributes.loop;
    const changing = new Set([...states.map(({ before }) => before), ...scanned]);
    return reachable([value]).some((part) => changing.has(part));
  }

  /** What the forward loop had of a value at every step. */
  private forwardStack(value: Node): Node {
    const { b, node } = this;
    const place = node.attributes.loop.scanned.indexOf(value);
    const tensor = partsOf(node).scanned[place];
    return tensor ?? b.collect(node, value);
  }

  /** What either loop had of a value at every step. */
  private stack(value: Node, backward: RecurrenceNode): Node {
    const rows = this.gradientRows.get(value);
    if (rows) return rows;
    return this.dependsOn(value) ? this.b.collect(backward, this.transfer(value)) : this.forwardStack(value);
  }

  private sumOverSteps(part: Node): SumOverSteps {
    const build = this.asOneSum(part);
    if (build) return { kind: 'after', build };
    const before = this.body.input(`sum.${part.id}`, part.shape);
    return { kind: 'carried', before, part: this.transfer(part) };
  }

  /** The sum over all steps as one operation on their stacked rows, where the summand is linear in sums over its rows. */
  private asOneSum(part: Node): ((stackOf: StackOf) => Node) | undefined {
    const { b } = this;
    const [first, second] = part.inputs;
    if (!first) return undefined;
    if (part.operation === 'matmul' && second) {
      const { transposeA, transposeB } = part.attributes;
      if (!transposeA || transposeB || ![first, second].every((operand) => this.canBeStacked(operand)))
        return undefined;
      // Behind the loop a stack is only known once the loop is made, but what it needs must be placed before.
      [first, second].forEach((operand) => this.dependsOn(operand) && this.transfer(operand));
      return (stackOf) => b.matmul(stackOf(first), stackOf(second), part.attributes);
    }
    if (part.operation === 'sum') {
      const { axes, keepAxes } = part.attributes;
      if (!axes.includes(0) || !this.canBeStacked(first)) return undefined;
      if (this.dependsOn(first)) this.transfer(first);
      return (stackOf) => b.sum(stackOf(first), { axes, keepAxes });
    }
    const inner = part.operation === 'reshape' || isScaled(part) ? this.asOneSum(first) : undefined;
    return inner && ((stackOf) => rebuild(b, part, [inner(stackOf), ...scaleOf(b, part)]));
  }

  private canBeStacked(value: Node): boolean {
    return value.shape.length > 0 && (this.dependsOn(value) || this.dependsOnStep(value));
  }
}

type StackOf = (value: Node) => Node;

/** How what comes back to an outer tensor at every step is added up. */
type SumOverSteps =
  | { kind: 'after'; build: (stackOf: StackOf) => Node }
  /** A state of the backward loop; `part` is a step's summand, in its body. */
  | { kind: 'carried'; before: Node; part: Node };

/** Whether recomputing a value in the backward step reads less than its stack would hold. */
function isCheaperToRecompute(value: Node): boolean {
  return value.operation === 'broadcast' || value.operation === 'constant';
}

function isScaled(part: Node): boolean {
  return part.operation === 'multiply' && part.inputs[1]?.operation === 'constant';
}

/** The constant that a scaled value is multiplied with, on another builder; nothing for any other value. */
function scaleOf(b: GraphBuilder, part: Node): Node[] {
  const factor = part.inputs[1];
  return factor?.operation === 'constant' ? [b.constant(factor.attributes.value, factor.shape)] : [];
}
