import { call, note, publishResult, returnJob } from '../setup.js';
import { cancelled, drained } from '../trace.js';

const NOT_PLACED = 'no leg has been placed';

/** Nothing has been dialled, and nothing will be before `dial`. */
export const idle = call.createStateConfig({
  tags: 'IDLE',
  on: {
    dial: 'dialling',
    cancelRequested: { target: 'done', actions: [note(cancelled), publishResult] },
    drainExpired: { target: 'done', actions: [note(drained), returnJob] },
    claimLost: { target: 'done', actions: 'discard' },
  },
  meta: {
    ignores: {
      invited: NOT_PLACED,
      progressed: NOT_PLACED,
      answered: NOT_PLACED,
      networkToneHeard: NOT_PLACED,
      mailboxHeard: NOT_PLACED,
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
      stepStarted: NOT_PLACED,
      stepEnded: NOT_PLACED,
      planEnded: NOT_PLACED,
      silenceReached: NOT_PLACED,
      stepsRequested: NOT_PLACED,
      stepEndRequested: NOT_PLACED,
      stepBesideRequested: NOT_PLACED,
      stepBesideEnded: NOT_PLACED,
      ownerSeen: NOT_PLACED,
      ownerLost: NOT_PLACED,
    },
  },
});
