import { call, discard, note, publishResult } from '../setup.js';
import { cancelled } from '../trace.js';

const NOT_PLACED = 'no leg has been placed';

/** Nothing has been dialled, and nothing will be before `dial`. */
export const idle = call.createStateConfig({
  tags: 'IDLE',
  on: {
    dial: 'dialling',
    cancelRequested: { target: 'done', actions: [note(cancelled), publishResult] },
    drainExpired: { target: 'done', actions: { type: 'discard', params: { reason: 'NOT_DIALLED' } } },
    claimLost: { target: 'done', actions: discard },
  },
  meta: {
    ignores: {
      invited: NOT_PLACED,
      progressed: NOT_PLACED,
      answered: NOT_PLACED,
      mediaConnected: NOT_PLACED,
      mediaFailed: NOT_PLACED,
      rejected: NOT_PLACED,
      hungUp: NOT_PLACED,
      released: NOT_PLACED,
      lost: NOT_PLACED,
      verdictReached: NOT_PLACED,
      verdictRevised: NOT_PLACED,
      waitRequested: NOT_PLACED,
      waitEnded: NOT_PLACED,
      planEnded: NOT_PLACED,
    },
  },
});
