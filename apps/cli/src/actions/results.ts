import { CallEndedRecords, CallResults } from '@outdial/client';
import type { CallResult, EndedRecord } from '@outdial/contract';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, listenForInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import type { OutcomeKind } from '../queue-inspection.js';
import { endedLine, resultLine } from '../render/result-line.js';
import { type Session, withSession } from '../session.js';

export interface ResultsOptions extends JsonOption {
  follow?: true;
  ended?: true;
  peek?: true;
}

const LOOK_EVERY_MS = 100;

export function results({ json, follow, ended, peek }: ResultsOptions): Promise<ExitStatus> {
  return withSession(async (session) => {
    const output = openOutput({ json });
    const kind: OutcomeKind = ended ? 'ended' : 'results';
    const count = peek
      ? await peekAt(kind, session, output)
      : await consume(kind, session, output, follow === true);
    if (count === 0 && !json && !follow) output.remark(`no ${ended ? 'ended records' : 'results'} are there`);
    return EXIT.ok;
  });
}

/** Answers how many there were; `consume` likewise. */
async function peekAt(kind: OutcomeKind, { inspection }: Session, output: Output): Promise<number> {
  let count = 0;
  for await (const outcome of inspection.peek(kind)) {
    await print(kind, outcome, output);
    count += 1;
  }
  return count;
}

async function consume(
  kind: OutcomeKind,
  session: Session,
  output: Output,
  follow: boolean,
): Promise<number> {
  const { redis, prefix, inspection } = session;
  const interruption = listenForInterruption();
  let count = 0;
  const outcomes =
    kind === 'ended' ? new CallEndedRecords({ redis, prefix }) : new CallResults({ redis, prefix });
  try {
    // An outcome is done with once it is written: one whose reader has gone stays in the queue.
    outcomes.consume(async (outcome) => {
      await print(kind, outcome, output);
      count += 1;
    });
    if (follow) await aborted(interruption.signal);
    else await drained(kind, session, interruption.signal);
  } finally {
    await outcomes.close();
    interruption.dispose();
  }
  const { delayed } = await inspection.countOutcomes(kind);
  if (delayed > 0) output.remark(`${delayed} more failed at a consumer and are to be tried again later`);
  return count;
}

/** Resolves when nothing waits any more; what other consumers hold is theirs. */
async function drained(kind: OutcomeKind, { inspection }: Session, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await inspection.countOutcomes(kind)).waiting > 0) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function print(kind: OutcomeKind, outcome: unknown, output: Output): Promise<void> {
  return output.record(outcome as object, () =>
    kind === 'ended' ? endedLine(outcome as EndedRecord) : resultLine(outcome as CallResult),
  );
}
