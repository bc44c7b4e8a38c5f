import type { Shape } from '../../graph/node.ts';
import { attributeType, dataType, modelProto } from './schema.ts';

/** The name of a value in the ONNX graph. */
export type Value = string;

/** Whole numbers, text, lists of whole numbers, graphs; a real number says so: JavaScript cannot tell 1.0 from 1. */
type AttributeValue = number | string | readonly number[] | { float: number } | OnnxWriter;
type AttributeValues = Readonly<Record<string, AttributeValue>>;

/** ONNX of this version holds every operator that we write; the IR version is the one that came with it. */
const opset = 18;
const irVersion = 8;

/**
 * Collects operators and writes them as an ONNX model. The same operator on the same inputs is written once, and so is
 * the same constant.
 */
export class OnnxWriter {
  private readonly written: {
    opType: string;
    input: readonly Value[];
    output: readonly Value[];
    attributes: AttributeValues;
  }[] = [];
  private readonly computed = new Set<Value>();
  private readonly results = new Set<Value>();
  private readonly outputNames = new Map<Value, string>();
  private readonly known = new Map<string, readonly Value[]>();
  private readonly initializers: object[];
  private readonly constants: Map<string, Value>;
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];
  private subgraphs = 0;

  /**
   * @param parent of a subgraph: its constants are this one's too
   * @param prefix of the names of what is computed here
   */
  constructor(
    private readonly parent?: OnnxWriter,
    private readonly prefix = '',
  ) {
    this.initializers = parent?.initializers ?? [];
    this.constants = parent?.constants ?? new Map<string, Value>();
  }

  /** A writer of a graph that is an attribute of one of this graph's operators. */
  subgraph(): OnnxWriter {
    return new OnnxWriter(this, `${this.prefix}body${this.subgraphs++}:`);
  }

  /** A name of something that comes into this graph. */
  named(name: string): Value {
    return this.prefix + name;
  }

  input(name: string, shape: Shape, type: keyof typeof dataType): Value {
    this.inputs.push(valueInfo(name, shape, type));
    return name;
  }

  /** Declares a result of a subgraph. The same value may be declared several times, and so may an input. */
  result(value: Value, shape: Shape): void {
    const isNew = this.computed.has(value) && !this.results.has(value);
    this.results.add(value);
    const name = isNew ? value : this.copyOf(value);
    this.outputs.push(valueInfo(name, shape, 'float32'));
  }

  /** Declares `value` to be the graph's output `name`. */
  output(name: string, value: Value, shape: Shape): void {
    const isComputed = this.computed.has(value);
    // A computed value simply takes the output's name, which saves a copy; a second name for it needs one.
    if (isComputed && !this.outputNames.has(value)) this.outputNames.set(value, name);
    else this.written.push({ opType: 'Identity', input: [value], output: [name], attributes: {} });
    this.outputs.push(valueInfo(name, shape, 'float32'));
  }

  node(opType: string, inputs: readonly Value[], attributes: AttributeValues = {}): Value {
    return this.nodes(opType, inputs, attributes, 1)[0] ?? '';
  }

  /** An operator with several results. */
  nodes(opType: string, inputs: readonly Value[], attributes: AttributeValues, count: number): readonly Value[] {
    return once(this.known, `${opType} ${inputs.join(' ')} ${JSON.stringify(attributes, identify)}`, () => {
      const place = this.written.length;
      const output = Array.from({ length: count }, (_, index) => this.named(`${opType}:${place}:${index}`));
      for (const value of output) this.computed.add(value);
      this.written.push({ opType, input: inputs, output, attributes });
      return output;
    });
  }

  floats(values: readonly number[], shape: Shape = [values.length]): Value {
    return this.tensor('float32', Float32Array.from(values), shape);
  }

  integers(values: readonly number[], shape: Shape = [values.length]): Value {
    return this.tensor('int64', BigInt64Array.from(values.map(BigInt)), shape);
  }

  /** 0, 1, … rows − 1 as a column [rows, 1]. */
  range(rows: number): Value {
    return this.integers(
      Array.from({ length: rows }, (_, row) => row),
      [rows, 1],
    );
  }

  /** 0, 1, … rows − 1 as a column [rows, 1] of the type that ids have. */
  wholeNumbers(rows: number): Value {
    return this.node('Cast', [this.range(rows)], { to: dataType.int32 });
  }

  /** Of each row of x [rows, width] the element at the ids in `column` [rows, 1]: [rows, 1]. */
  pickColumn(x: Value, column: Value): Value {
    return this.node('GatherElements', [x, column], { axis: 1 });
  }

  /** Of each row of x [rows, width] the element at ids [rows]: [rows]. */
  pick(x: Value, ids: Value, rows: number): Value {
    const column = this.node('Reshape', [ids, this.integers([rows, 1])]);
    return this.node('Reshape', [this.pickColumn(x, column), this.integers([rows])]);
  }

  finish(): Uint8Array {
    const type = modelProto();
    return type
      .encode(
        type.fromObject({
          irVersion,
          producerName: 'sequence-lab',
          opsetImport: [{ domain: '', version: opset }],
          graph: this.graph(),
        }),
      )
      .finish();
  }

  /** Every operator with the values that it reads, those from around a subgraph of it among them, and those it makes. */
  operators(): { opType: string; inputs: readonly string[]; outputs: readonly string[] }[] {
    return this.written.map(({ opType, input, output, attributes }) => {
      const bodies = Object.values(attributes).flatMap((value) => (value instanceof OnnxWriter ? value : []));
      const outer = bodies.flatMap((body) => body.operators().flatMap(({ inputs }) => inputs));
      const named = (values: readonly Value[]) => values.map((value) => this.finalName(value));
      return { opType, inputs: [...named(input), ...outer], outputs: named(output) };
    });
  }

  /** What has been written, as a GraphProto. The constants of a subgraph stand in the graph around it. */
  graph(): object {
    const renamed = (values: readonly Value[]) => values.map((value) => this.finalName(value));
    return {
      name: `sequence-lab${this.prefix}`,
      node: this.written.map(({ opType, input, output, attributes }) => ({
        opType,
        input: renamed(input),
        output: renamed(output),
        attribute: Object.entries(attributes).map(attributeOf),
      })),
      input: this.inputs,
      output: this.outputs,
      ...(this.parent ? {} : { initializer: this.initializers }),
    };
  }

  private finalName(value: Value): string {
    return this.outputNames.get(value) ?? this.parent?.finalName(value) ?? value;
  }

  private copyOf(value: Value): Value {
    const name = this.named(`Identity:${this.written.length}`);
    this.written.push({ opType: 'Identity', input: [value], output: [name], attributes: {} });
    return name;
  }

  private tensor(type: 'float32' | 'int64', data: Float32Array | BigInt64Array, shape: Shape): Value {
    const key = `${type} ${shape.join(',')} ${data.join(',')}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `const:${this.initializers.length}`;
    this.initializers.push({ name, dims: shape, dataType: dataType[type], rawData: new Uint8Array(data.buffer) });
    this.constants.set(key, name);
    return name;
  }
}

function once(known: Map<string, readonly Value[]>, key: string, make: () => readonly Value[]): readonly Value[] {
  const existing = known.get(key);
  if (existing) return existing;
  const made = make();
  known.set(key, made);
  return made;
}

/** A subgraph by its prefix, which no other has. */
function identify(_: string, value: unknown): unknown {
  return value instanceof OnnxWriter ? value.named('') : value;
}

function attributeOf([name, value]: [string, AttributeValue]): object {
  if (typeof value === 'number') return { name, type: attributeType.int, i: value };
  if (typeof value === 'string') return { name, type: attributeType.string, s: new TextEncoder().encode(value) };
  if (value instanceof OnnxWriter) return { name, type: attributeType.graph, g: value.graph() };
  if ('float' in value) return { name, type: attributeType.float, f: value.float };
  return { name, type: attributeType.ints, ints: value };
}

function valueInfo(name: string, shape: Shape, type: keyof typeof dataType): object {
  const dim = shape.map((extent) => ({ dimValue: extent }));
  return { name, type: { tensorType: { elemType: dataType[type], shape: { dim } } } };
}
