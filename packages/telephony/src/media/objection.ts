import type { FieldIssue } from '@outdial/contract';
import { checkStream, type StreamLimits } from '@outdial/media';

/** What the check throws, as an issue of the plan. */
export function objection(what: string, value: string | undefined, check: () => void): FieldIssue[] {
  try {
    check();
    return [];
  } catch (error) {
    const message = `${what}: ${(error as Error).message}`;
    return [{ path: 'onAnswered', message, ...(value === undefined ? {} : { value }) }];
  }
}

/** Voice bots that may not be connected: whoever makes the media, it is the worker that connects them. */
export function objectionsToBots(
  bots: readonly string[],
  limits: Pick<StreamLimits, 'allowedHosts'>,
): FieldIssue[] {
  return bots.flatMap((url) =>
    // Not the address: it may hold secrets, and the reason names the host.
    objection('the worker cannot connect this voice bot', undefined, () => checkStream({ url }, limits)),
  );
}
