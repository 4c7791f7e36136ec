import { CallEvents, CallQueue } from '@outdial/client';
import pc from 'picocolors';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { listenForInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { boardLines, CallBoard } from '../render/call-board.js';
import { eventLine } from '../render/event-line.js';
import { type Session, withSession } from '../session.js';

export interface WatchOptions extends JsonOption {
  from: string;
  job?: string;
}

/** A call that is over stays on the table for so long. */
const KEEP_OVER_MS = 15_000;
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
  const interruption = listenForInterruption();
  const events = new CallEvents({ redis, prefix });
  const board = new CallBoard();
  const live = output.isLive ? await openLiveTable(board, new CallQueue({ redis, prefix })) : null;
  try {
    for await (const { event } of events.follow({ ...place, signal: interruption.signal })) {
      const row = board.apply(event);
      if (live === null) {
        await output.record(event, () => eventLine(event, row));
        board.forgetOverBefore(Date.now() - KEEP_OVER_MS);
      }
    }
  } finally {
    await live?.close();
    await events.close();
    interruption.dispose();
  }
}

/** The board as a table under a line that tells how many jobs there are. */
async function openLiveTable(board: CallBoard, queue: CallQueue): Promise<{ close(): Promise<void> }> {
  const { LiveTable } = await import('../render/live-table.js');
  let counts = await queue.counts();
  const refresh = async () => {
    // Redis away for a moment: the last count stands until it is back.
    counts = await queue.counts().catch(() => counts);
  };
  const timer = setInterval(() => void refresh(), COUNT_EVERY_MS);
  const live = new LiveTable(({ width, height }) => {
    board.forgetOverBefore(Date.now() - KEEP_OVER_MS);
    const head = `${counts.waiting} waiting, ${counts.active} in progress, ${counts.delayed} to be tried again`;
    return [pc.bold(head), ...boardLines(board, { width, height: height - 1 })];
  });
  return {
    async close() {
      clearInterval(timer);
      live.finish();
      await queue.close();
    },
  };
}
