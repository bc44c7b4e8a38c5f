import type { z } from 'zod';

/** A request of one side to the other: its name, and what its parameters and its answer must look like. */
export interface RequestMessage<P = unknown, R = unknown> {
  readonly method: string;
  readonly params: z.ZodType<P>;
  readonly result: z.ZodType<R>;
}

/** What one side tells the other without an answer. */
export interface NotificationMessage<P = unknown> {
  readonly method: string;
  readonly params: z.ZodType<P>;
}

/** Keeps the types of a message's schemas. */
export function request<P, R>(method: string, params: z.ZodType<P>, result: z.ZodType<R>): RequestMessage<P, R> {
  return { method, params, result };
}

export function notification<P>(method: string, params: z.ZodType<P>): NotificationMessage<P> {
  return { method, params };
}

/**
 * What a message carries, checked on receipt.
 *
 * @throws Error that names the message and what is wrong with it
 */
export function received<T>(method: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
  throw new Error(`the message ${method} cannot be used: ${problems.join('; ')}`);
}
