import { CallEndedRecords, CallEvents, CallResults } from '@outdial/client';
import type { CallEvent, CallResult, EndedRecord } from '@outdial/contract';
import type { OutcomeQueue } from '@outdial/queue';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, openInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import type { OutcomeKind } from '../queue/queue-inspection.js';
import { type Session, withSession } from '../queue/session.js';
import { endedLine, resultLine } from '../render/result-line.js';

export interface ResultsOptions extends JsonOption {
  consume?: true;
  follow?: true;
  ended?: true;
  queue: string;
}

type Outcome = CallResult | EndedRecord;
type Print = (outcome: Outcome) => Promise<void>;

/** What is shown or taken. */
interface Source {
  kind: OutcomeKind;
  resultsQueue: string;
  outcomes: OutcomeQueue;
  session: Session;
}

interface Until {
  /** Go on with new outcomes until `signal` is aborted. */
  follow: boolean;
  signal: AbortSignal;
}

const POLL_INTERVAL_MS = 100;

export function results({ json, consume, follow, ended, queue }: ResultsOptions): Promise<ExitStatus> {
  return withSession(async (session) => {
    const output = openOutput({ json });
    const kind: OutcomeKind = ended ? 'ended' : 'results';
    let count = 0;
    const print: Print = async (outcome) => {
      await output.record(outcome, () =>
        kind === 'ended' ? endedLine(outcome as EndedRecord) : resultLine(outcome as CallResult),
      );
      count += 1;
    };
    const interruption = openInterruption();
    const outcomes = session.inspection.outcomes(kind, queue);
    try {
      const source: Source = { kind, resultsQueue: queue, outcomes, session };
      const { signal } = interruption;
      await (consume ? take : show)(source, print, { follow: follow === true, signal });
      if (consume) await noteRetries(outcomes, output);
    } finally {
      await outcomes.close();
      interruption.close();
    }
    if (count === 0 && !json && !follow) output.note(`there are no ${ended ? 'ended records' : 'results'}`);
    return EXIT.ok;
  });
}

/** Prints what is in the queue, and then what the event stream reports. */
async function show(
  { kind, resultsQueue, outcomes, session: { redis, prefix } }: Source,
  print: Print,
  { follow, signal }: Until,
): Promise<void> {
  // Events from here on may be of results that are in the queue by the time it is read.
  const [seconds, microseconds] = await redis.time();
  const from = `${Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)}-0`;
  const printed = new Set<string>();
  for await (const outcome of outcomes.peek()) {
    if (signal.aborted) return;
    await print(outcome as Outcome);
    printed.add((outcome as Outcome).jobId);
  }
  if (!follow) return;
  const events = new CallEvents({ redis, prefix });
  try {
    for await (const { event } of events.follow({ from, signal })) {
      const outcome = outcomeOf(event, kind);
      if (outcome?.resultsQueue === resultsQueue && !printed.delete(outcome.jobId)) await print(outcome);
    }
  } finally {
    await events.close();
  }
}

function outcomeOf(event: CallEvent, kind: OutcomeKind): Outcome | null {
  if (event.type === 'result' && kind === 'results') return event.result;
  return event.type === 'ended' && kind === 'ended' ? event.ended : null;
}

/** Takes what is in the queue, and then what is added to it. */
async function take(
  { kind, resultsQueue, outcomes, session: { redis, prefix } }: Source,
  print: Print,
  { follow, signal }: Until,
): Promise<void> {
  const options = { redis, prefix, resultsQueue };
  const consumer = kind === 'ended' ? new CallEndedRecords(options) : new CallResults(options);
  try {
    // An outcome is consumed once it is written: when the reader has gone, it stays in the queue.
    consumer.consume(print);
    await (follow ? aborted(signal) : drained(outcomes, signal));
  } finally {
    await consumer.close();
  }
}

/** Resolves when nothing is waiting or the signal is aborted, regardless of what other consumers are processing. */
async function drained(outcomes: OutcomeQueue, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await outcomes.counts()).waiting > 0) {
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

async function noteRetries(outcomes: OutcomeQueue, output: Output): Promise<void> {
  const { delayed } = await outcomes.counts();
  if (delayed > 0) output.note(`${delayed} more failed at a consumer and will be retried later`);
}
