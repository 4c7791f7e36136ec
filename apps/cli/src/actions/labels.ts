import type { ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import { withQueue } from '../queue/with-queue.js';
import { describeCancels } from '../render/format.js';

export function countLabel(label: string, { json }: JsonOption): Promise<ExitStatus> {
  return withQueue(async (queue) => {
    const counts = await queue.labelCounts(label);
    const { ANSWERED, IDLE, ERROR } = counts.results;
    await openOutput({ json }).record(
      { label, ...counts },
      () =>
        `label ${label}: ${counts.waiting} waiting, ${counts.active} in progress; results: ${ANSWERED} answered, ${IDLE} not answered, ${ERROR} failed`,
    );
  });
}

export function cancelLabel(label: string, { json }: JsonOption): Promise<ExitStatus> {
  return withQueue(async (queue) => {
    const counts = await queue.cancelLabel(label);
    await openOutput({ json }).record(
      { label, ...counts },
      () => `label ${label}: ${describeCancels(counts)}`,
    );
  });
}
