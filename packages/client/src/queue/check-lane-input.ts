import { labelSchema, OutdialError } from '@outdial/contract';
import type { LaneLimits } from './call-status.js';

/** Throws `INVALID_CONFIGURATION` that names the field. */
export function checkLimits(limits: LaneLimits): void {
  const problem = (path: keyof LaneLimits, message: string) =>
    new OutdialError('INVALID_CONFIGURATION', `${path}: ${message}`, {
      issues: [{ path, message, value: limits[path] }],
    });
  const { callsPerSecond: rate, concurrency: calls } = limits;
  if (typeof rate === 'number' && !(rate > 0 && Number.isFinite(rate)))
    throw problem('callsPerSecond', 'is a number above 0, or null');
  if (typeof calls === 'number' && !(calls >= 0 && Number.isInteger(calls)))
    throw problem('concurrency', 'is a whole number from 0, or null');
}

/** Throws `INVALID_CONFIGURATION` for what is no label. */
export function checkLabel(label: string): void {
  const parsed = labelSchema.safeParse(label);
  if (parsed.success) return;
  const message = parsed.error.issues[0]?.message ?? 'invalid';
  throw new OutdialError('INVALID_CONFIGURATION', `label: ${message}`, {
    issues: [{ path: 'label', message, value: label }],
  });
}
