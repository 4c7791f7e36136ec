import { type CallResult, type EndedRecord, endedEvent, resultEvent } from '@outdial/contract';
import type { EndReply, Ledger, Outbox, SettleReply, Update } from '@outdial/ledger';
import type { Metrics } from '../telemetry/metrics.js';

export interface OutcomeServices {
  ledger: Ledger;
  outbox: Outbox;
  metrics: Metrics;
}

/** Takes a step against Redis: once, or again and again until it is written. */
type Take<Answer> = (step: () => Promise<Answer>) => Promise<Answer>;

/** What goes into the ledger with an outcome, and how. */
interface Recording<Answer> {
  /** The claim under which the outcome is recorded; null: of a job that nobody holds. */
  token: string | null;
  /** Recorded in the same step; the outcome's own event is the last. */
  update?: Omit<Update, 'facts' | 'recordings'> & { isOver?: boolean };
  /** Epoch milliseconds (default: now). */
  at?: number;
  /** How the outcome is recorded (default: the step is taken once). */
  record?: Take<Answer>;
  /** How it is published (default: the step is taken once). */
  publish?: Take<void>;
}

const once = <T>(step: () => Promise<T>): Promise<T> => step();

/**
 * Records a result in the ledger, with its event, and publishes the one that stands: another may have been recorded
 * first. Resolves with that one; null: the job is another worker's to settle.
 */
export async function settleAndPublish(
  { ledger, outbox, metrics }: OutcomeServices,
  result: CallResult,
  { token, update = {}, at = Date.now(), record = once, publish = once }: Recording<SettleReply>,
): Promise<CallResult | null> {
  const events = [...(update.events ?? []), resultEvent(result, at)];
  const answer = await record(() => ledger.settle(result.jobId, token, result, { ...update, events }));
  if (answer.kind === 'lost' || answer.kind === 'held') return null;
  const standing = answer.kind === 'already' ? answer.result : result;
  await publish(() => outbox.publishResult(standing));
  if (answer.kind === 'settled') metrics.resultPublished(result);
  return standing;
}

/**
 * Records an ended record in the ledger, with its event, and publishes the one that stands. Resolves with that one; null:
 * the call is another worker's to end.
 */
export async function endAndPublish(
  { ledger, outbox, metrics }: OutcomeServices,
  ended: EndedRecord,
  {
    token,
    update = {},
    at = Date.now(),
    record = once,
    publish = once,
  }: Recording<EndReply> & { token: string },
): Promise<EndedRecord | null> {
  const events = [...(update.events ?? []), endedEvent(ended, at)];
  const { isOver = false } = update;
  const answer = await record(() => ledger.end(ended.jobId, token, ended, { events, isOver }));
  if (answer.kind === 'lost' || answer.kind === 'unsettled') return null;
  const standing = answer.kind === 'already' ? answer.ended : ended;
  await publish(() => outbox.publishEnded(standing));
  if (answer.kind === 'ended') metrics.callEnded(ended);
  return standing;
}
