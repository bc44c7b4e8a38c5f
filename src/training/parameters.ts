import type { ModelConfiguration } from '../config/schema.ts';
import type { Tensor, Variables } from '../engine/engine.ts';
import { formatShape, sizeOf } from '../graph/node.ts';
import type { Shape } from '../graph/node.ts';
import { parameterSpecifications } from '../model/languageModel.ts';
import { FileError } from '../util/errors.ts';
import { fillUniform, randomKey } from './random.ts';

/**
 * The parameters before the first step: all uniform in ± initScale, the forget gate's bias raised by forgetBias. The
 * same seed gives the same numbers on every engine.
 */
export function initialParameters(
  model: ModelConfiguration,
  vocabularySize: number,
  seed: number,
): Map<string, Tensor> {
  const specifications = parameterSpecifications(model, vocabularySize);
  return new Map(
    specifications.map(({ name, shape, offsets }, index) => {
      const data = new Float32Array(sizeOf(shape));
      fillUniform(data, model.initScale, randomKey(seed, 'weights', index));
      const width = shape.at(-1) ?? 1;
      for (const { start, end, value } of offsets) {
        for (let place = 0; place < data.length; place++) {
          const column = place % width;
          if (column >= start && column < end) data[place] = (data[place] ?? 0) + value;
        }
      }
      return [name, { shape, data }];
    }),
  );
}

/**
 * The parameters among the tensors of a checkpoint.
 * @throws FileError when one is missing or has another size than the configuration says
 */
export function parametersFrom(
  tensors: readonly { name: string; data: Float32Array | Int32Array }[],
  model: ModelConfiguration,
  vocabularySize: number,
): Map<string, Tensor> {
  return tensorsFrom(tensors, parameterSpecifications(model, vocabularySize));
}

/** Those of a checkpoint's tensors that are specified, in that order. @throws FileError naming one that is not there */
export function tensorsFrom(
  tensors: readonly { name: string; data: Float32Array | Int32Array }[],
  specifications: readonly { name: string; shape: Shape }[],
): Map<string, Tensor> {
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor.data]));
  return new Map(
    specifications.map(({ name, shape }) => {
      const data = given.get(name);
      if (!(data instanceof Float32Array) || data.length !== sizeOf(shape)) {
        throw new FileError(
          `The checkpoint has no tensor ${name} of shape ${formatShape(shape)} with float32 numbers: it belongs to another configuration.`,
        );
      }
      return [name, { shape, data }];
    }),
  );
}

/** How many numbers the parameters are. */
export function countParameters(model: ModelConfiguration, vocabularySize: number): number {
  return parameterSpecifications(model, vocabularySize).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Sets recurrent states to zero, as before the first word of a text. */
export function clearStates(variables: Variables, states: readonly { name: string; shape: Shape }[]): void {
  for (const { name, shape } of states) variables.set(name, { shape, data: new Float32Array(sizeOf(shape)) });
}
