import * as z from 'zod';

import { exportersOf } from '../config/exporters.ts';

/** A file that a page has made, for the host to save where the user says. */
export const pageFileSchema = z.object({
  suggestedName: z.string(),
  format: z.enum(exportersOf('page')),
  bytes: z.instanceof(Uint8Array),
});
export type PageFile = z.output<typeof pageFileSchema>;

/** Where something was saved; null when the user did not want to. */
export interface Saved {
  readonly path: string | null;
}
