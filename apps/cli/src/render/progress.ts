import { errorColours } from './colours.js';

const BAR_WIDTH = 30;

/** The progress of a long operation. */
export interface Progress {
  update(label: string, done: number, total: number): void;
  close(): void;
}

/** A progress bar on standard error if that is a terminal; otherwise nothing is shown. */
export async function openProgress({ isJson }: { isJson: boolean }): Promise<Progress> {
  if (isJson || process.stderr.isTTY !== true) return { update: () => undefined, close: () => undefined };
  const { createLogUpdate } = await import('log-update');
  const log = createLogUpdate(process.stderr);
  return {
    update(label, done, total) {
      const filled = total === 0 ? BAR_WIDTH : Math.round((done / total) * BAR_WIDTH);
      const bar = errorColours.green('█'.repeat(filled)) + errorColours.dim('░'.repeat(BAR_WIDTH - filled));
      log(`${label} ${bar} ${done} of ${total}`);
    },
    close: () => log.clear(),
  };
}
