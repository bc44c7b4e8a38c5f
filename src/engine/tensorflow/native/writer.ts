import type { Shape } from '../../../graph/node.ts';
import { dataType, savedModel } from './schema.ts';

/** The name of a value in TensorFlow's graph: of an operation, or `operation:1` for its second result. */
export type Value = string;

export type DataType = keyof typeof dataType;

/** Whole numbers, yes or no, and types, by the attribute's name. */
export type AttributeValues = Readonly<Record<string, number | boolean | DataType>>;

/** The tag under which the library is asked for the graph. */
export const tag = 'serve';

/**
 * The version of graphs that TensorFlow 2.9 makes, from its version.h: operations mean what they meant then, also to a
 * later library.
 */
const producer = 1087;

/**
 * Collects operations and writes them as a SavedModel without variables. The same operation on the same inputs is written
 * once, and so is the same constant.
 */
export class SavedModelWriter {
  private readonly nodes: object[] = [];
  private readonly known = new Map<string, Value>();

  /** What is fed at each run. */
  placeholder(name: string, shape: Shape, type: DataType): void {
    this.write(name, 'Placeholder', [], { dtype: { type: dataType[type] }, shape: { shape: shapeProto(shape) } });
  }

  /** @returns the operation's first result */
  operation(op: string, inputs: readonly Value[], attributes: AttributeValues): Value {
    return this.once(`${op} ${inputs.join(' ')} ${JSON.stringify(attributes)}`, (name) =>
      this.write(name, op, inputs, Object.fromEntries(Object.entries(attributes).map(attributeOf))),
    );
  }

  /** An operation of float32 numbers. */
  float(op: string, inputs: readonly Value[], attributes: AttributeValues = {}): Value {
    return this.operation(op, inputs, { T: 'float32', ...attributes });
  }

  integers(values: readonly number[], shape: Shape = [values.length]): Value {
    const content = new Uint8Array(Int32Array.from(values).buffer);
    return this.constant(`${shape.join(',')} ${values.join(',')}`, 'int32', shape, { tensorContent: content });
  }

  /** The same number in every element. */
  filled(value: number, shape: Shape): Value {
    return this.constant(`${shape.join(',')} ${value}`, 'float32', shape, { floatVal: [value] });
  }

  /** Gives a value a name of its own. */
  output(name: string, value: Value, type: DataType = 'float32'): void {
    this.write(name, 'Identity', [value], { T: { type: dataType[type] } });
  }

  /** The file saved_model.pb. */
  finish(): Uint8Array {
    const type = savedModel();
    return type
      .encode(
        type.fromObject({
          savedModelSchemaVersion: 1,
          metaGraphs: [{ metaInfoDef: { tags: [tag] }, graphDef: { node: this.nodes, versions: { producer } } }],
        }),
      )
      .finish();
  }

  private constant(key: string, type: DataType, shape: Shape, content: object): Value {
    return this.once(`${type} ${key}`, (name) => {
      const tensor = { dtype: dataType[type], tensorShape: shapeProto(shape), ...content };
      this.write(name, 'Const', [], { dtype: { type: dataType[type] }, value: { tensor } });
    });
  }

  private once(key: string, write: (name: string) => void): Value {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = `n${this.nodes.length}`;
    write(name);
    this.known.set(key, name);
    return name;
  }

  private write(name: string, op: string, input: readonly Value[], attr: Readonly<Record<string, object>>): void {
    this.nodes.push({ name, op, input, attr: Object.entries(attr).map(([key, value]) => ({ key, value })) });
  }
}

function attributeOf([name, value]: [string, AttributeValues[string]]): [string, object] {
  if (typeof value === 'number') return [name, { i: value }];
  return [name, typeof value === 'boolean' ? { b: value } : { type: dataType[value] }];
}

function shapeProto(shape: Shape): object {
  return { dim: shape.map((size) => ({ size })) };
}
