import type { ModelConfiguration } from '../config/schema.ts';
import type { Tensor } from '../engine/engine.ts';
import { sizeOf } from '../graph/node.ts';
import { parameterSpecifications } from '../model/languageModel.ts';
import { fillUniform, randomKey } from '../util/random.ts';

/**
 * The parameters before the first step: uniform in ± initScale but for what a cell says of its own weights, the forget
 * gate's bias raised by forgetBias. The same seed gives the same numbers on every engine.
 */
export function initialParameters(
  model: ModelConfiguration,
  vocabularySize: number,
  seed: number,
): Map<string, Tensor> {
  const specifications = parameterSpecifications(model, vocabularySize);
  return new Map(
    specifications.map(({ name, shape, isRandom, offsets }, index) => {
      const data = new Float32Array(sizeOf(shape));
      if (isRandom) fillUniform(data, model.initScale, randomKey(seed, 'weights', index));
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

/** How many numbers the parameters are. */
export function countParameters(model: ModelConfiguration, vocabularySize: number): number {
  return parameterSpecifications(model, vocabularySize).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
