import type { Shape } from '../../graph/node.ts';
import { attributeType, dataType, ModelProto } from './schema.ts';

/** The name of a value in the ONNX graph. */
export type Value = string;

/** Whole numbers, text, lists of whole numbers; a real number says so, since JavaScript cannot tell 1.0 from 1. */
type AttributeValue = number | string | readonly number[] | { float: number };
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
    attribute: object[];
  }[] = [];
  private readonly computed = new Set<Value>();
  private readonly outputNames = new Map<Value, string>();
  private readonly known = new Map<string, readonly Value[]>();
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];

  input(name: string, shape: Shape, type: keyof typeof dataType): Value {
    this.inputs.push(valueInfo(name, shape, type));
    return name;
  }

  /** Declares `value` to be the graph's output `name`. */
  output(name: string, value: Value, shape: Shape): void {
    const isComputed = this.computed.has(value);
    // A computed value simply takes the output's name, which saves a copy; a second name for it needs one.
    if (isComputed && !this.outputNames.has(value)) this.outputNames.set(value, name);
    else this.written.push({ opType: 'Identity', input: [value], output: [name], attribute: [] });
    this.outputs.push(valueInfo(name, shape, 'float32'));
  }

  node(opType: string, inputs: readonly Value[], attributes: AttributeValues = {}): Value {
    return this.nodes(opType, inputs, attributes, 1)[0] ?? '';
  }

  /** An operator with several results. */
  nodes(opType: string, inputs: readonly Value[], attributes: AttributeValues, count: number): readonly Value[] {
    return this.once(`${opType} ${inputs.join(' ')} ${JSON.stringify(attributes)}`, () => {
      const output = Array.from({ length: count }, (_, index) => `${opType}:${this.written.length}:${index}`);
      for (const value of output) this.computed.add(value);
      this.written.push({ opType, input: inputs, output, attribute: Object.entries(attributes).map(attributeOf) });
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
    const renamed = (values: readonly Value[]) => values.map((value) => this.outputNames.get(value) ?? value);
    return ModelProto.encode(
      ModelProto.fromObject({
        irVersion,
        producerName: 'sequence-lab',
        opsetImport: [{ domain: '', version: opset }],
        graph: {
          name: 'sequence-lab',
          node: this.written.map((node) => ({ ...node, input: renamed(node.input), output: renamed(node.output) })),
          input: this.inputs,
          output: this.outputs,
          initializer: this.initializers,
        },
      }),
    ).finish();
  }

  private tensor(type: 'float32' | 'int64', data: Float32Array | BigInt64Array, shape: Shape): Value {
    const [value = ''] = this.once(`${type} ${shape.join(',')} ${data.join(',')}`, () => {
      const name = `const:${this.initializers.length}`;
      const rawData = new Uint8Array(data.buffer);
      this.initializers.push({ name, dims: shape, dataType: dataType[type], rawData });
      return [name];
    });
    return value;
  }

  private once(key: string, make: () => readonly Value[]): readonly Value[] {
    const existing = this.known.get(key);
    if (existing) return existing;
    const made = make();
    this.known.set(key, made);
    return made;
  }
}

function attributeOf([name, value]: [string, AttributeValue]): object {
  if (typeof value === 'number') return { name, type: attributeType.int, i: value };
  if (typeof value === 'string') return { name, type: attributeType.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: attributeType.float, f: value.float };
  return { name, type: attributeType.ints, ints: value };
}

function valueInfo(name: string, shape: Shape, type: keyof typeof dataType): object {
  const dim = shape.map((extent) => ({ dimValue: extent }));
  return { name, type: { tensorType: { elemType: dataType[type], shape: { dim } } } };
}
