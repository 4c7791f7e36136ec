import { spawnSync } from 'node:child_process';

/** What makes texts into speech in the demo; `npm start` installs it. */
export const ESPEAK = 'espeak-ng';

/** Whether it is installed: without it no call of the demo says anything. */
export function speaks(): boolean {
  return spawnSync(ESPEAK, ['--version']).error === undefined;
}
