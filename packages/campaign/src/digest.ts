import { createHash } from 'node:crypto';
import { type CallJob, parseCallJob } from '@outdial/contract';

const DEFAULTS: Readonly<Record<string, unknown>> = parseCallJob({ id: 'defaults', callTo: 'sip:defaults' });

/**
 * The same for the same call, however it was spelt: of the checked job, without its id. Defaults are left out, so that a
 * field which a later version adds changes no digest.
 */
export function digestOf({ id: _, ...job }: CallJob): string {
  const fields = Object.entries(job).filter(
    ([name, value]) => name === 'callTo' || toSortedJson(value) !== toSortedJson(DEFAULTS[name]),
  );
  const text = toSortedJson(Object.fromEntries(fields));
  // With a letter in front: an id of digits alone is reserved.
  return `r${createHash('sha256').update(text).digest('hex').slice(0, 20)}`;
}

function toSortedJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
