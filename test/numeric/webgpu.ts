import * as z from 'zod';
import type { ScenarioOptions } from './languageModel.ts';

/** What the WebGPU child writes to stdout. */
export const webgpuResultSchema = z.object({
  operations: z.record(z.string(), z.array(z.number())),
  training: z.record(
    z.string(),
    z.object({
      costs: z.array(z.number()),
      norms: z.array(z.number()),
      variables: z.record(z.string(), z.array(z.number())),
    }),
  ),
});
export type WebgpuResult = z.output<typeof webgpuResultSchema>;

/**
 * Windows of 9 steps: more parts than one WebGPU kernel can join, so that joins become trees and splits become slices.
 * One scenario, since software Vulkan takes several seconds to compile its shaders.
 */
export const webgpuScenarios: Readonly<Record<string, ScenarioOptions>> = {
  'clipped, with dropout': {
    training: { steps: 9, gradientClip: 1, inputKeepProbability: 0.75, outputKeepProbability: 0.5 },
    vocabularySize: 11,
    count: 6,
  },
};
