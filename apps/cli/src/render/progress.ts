import pc from 'picocolors';

const BAR_WIDTH = 30;

/** How far long work has come, one step after the other. */
export interface Progress {
  update(label: string, done: number, total: number): void;
  done(): void;
}

/** A bar on standard error, where that is a terminal; silent otherwise. */
export async function openProgress({ isJson }: { isJson: boolean }): Promise<Progress> {
  if (isJson || process.stderr.isTTY !== true) return { update: () => undefined, done: () => undefined };
  const { createLogUpdate } = await import('log-update');
  const log = createLogUpdate(process.stderr);
  return {
    update(label, done, total) {
      const filled = total === 0 ? BAR_WIDTH : Math.round((done / total) * BAR_WIDTH);
      const bar = pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(BAR_WIDTH - filled));
      log(`${label} ${bar} ${done} of ${total}`);
    },
    done: () => log.clear(),
  };
}
