import type { CallResult, EndedRecord } from '@outdial/contract';
import type { EndAnswer, Outbox, SettleAnswer } from '@outdial/ledger';
import type { Metrics } from './metrics.js';

/** Publishing what stands in the ledger, after a step that may have come second. */

export interface PublishingServices {
  outbox: Outbox;
  metrics: Metrics;
}

/** After a try to settle a job with `result`. Resolves with the result that stands; null: it is somebody else's to settle. */
export async function publishSettled(
  { outbox, metrics }: PublishingServices,
  answer: SettleAnswer,
  result: CallResult,
): Promise<CallResult | null> {
  if (answer.kind === 'lost' || answer.kind === 'held') return null;
  const standing = answer.kind === 'already' ? answer.result : result;
  await outbox.publishResult(standing);
  if (answer.kind === 'settled') metrics.resultPublished(result);
  return standing;
}

/** After a try to end a call with `ended`. Resolves with the record that stands; null: it is not for us to end the call. */
export async function publishEnded(
  { outbox, metrics }: PublishingServices,
  answer: EndAnswer,
  ended: EndedRecord,
): Promise<EndedRecord | null> {
  if (answer.kind === 'lost' || answer.kind === 'unsettled') return null;
  const standing = answer.kind === 'already' ? answer.ended : ended;
  await outbox.publishEnded(standing);
  if (answer.kind === 'ended') metrics.callEnded(ended);
  return standing;
}
