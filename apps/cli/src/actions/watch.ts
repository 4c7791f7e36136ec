import { CallEvents, CallQueue } from '@outdial/client';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { openInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { type Session, withSession } from '../queue/session.js';
import { CallList } from '../render/call-list.js';
import { callTableLines } from '../render/call-table.js';
import { colours } from '../render/colours.js';
import { eventLine } from '../render/event-line.js';
import { Totals } from '../render/totals.js';

export interface WatchOptions extends JsonOption {
  from: string;
  job?: string;
}

/** How long an ended call stays in the table. */
const ENDED_SHOWN_MS = 15_000;
const COUNT_EVERY_MS = 1000;

export function watch({ json, from, job }: WatchOptions): Promise<ExitStatus> {
  return withSession(async (session) => {
    await follow(session, openOutput({ json }), { from, ...(job === undefined ? {} : { jobId: job }) });
    return EXIT.ok;
  });
}

async function follow(
  { redis, prefix }: Session,
  output: Output,
  place: { from: string; jobId?: string },
): Promise<void> {
  const interruption = openInterruption();
  const events = new CallEvents({ redis, prefix });
  const calls = new CallList();
  const totals = new Totals(Date.now());
  const live = output.isLive ? await openLiveScreen(calls, totals, new CallQueue({ redis, prefix })) : null;
  try {
    for await (const { event } of events.follow({ ...place, signal: interruption.signal })) {
      const call = calls.apply(event);
      totals.apply(event);
      if (live === null) {
        await output.record(event, () => eventLine(event, call));
        calls.removeEndedBefore(Date.now() - ENDED_SHOWN_MS);
      }
    }
  } finally {
    await live?.close();
    await events.close();
    interruption.close();
  }
}

/** The calls as a table below the totals. */
async function openLiveScreen(
  calls: CallList,
  totals: Totals,
  queue: CallQueue,
): Promise<{ close(): Promise<void> }> {
  const { LiveScreen } = await import('../render/live-screen.js');
  let counts = await queue.counts();
  const refresh = async () => {
    // Keeps the last counts while Redis is unavailable.
    counts = await queue.counts().catch(() => counts);
  };
  const timer = setInterval(() => void refresh(), COUNT_EVERY_MS);
  const live = new LiveScreen(({ width, height }) => {
    calls.removeEndedBefore(Date.now() - ENDED_SHOWN_MS);
    return [
      colours.bold(totals.line(counts, Date.now()).slice(0, width)),
      ...callTableLines(calls, { width, height: height - 1 }),
    ];
  });
  return {
    async close() {
      clearInterval(timer);
      live.close({ keep: true });
      await queue.close();
    },
  };
}
