import { call, type Ignores, note, publishEnded } from '../setup.js';
import { lostWhileReleasing, neverReleased } from '../trace.js';

const DECIDED = 'how the call ends is decided, and the leg is being released';
const LATE_MEDIA = 'the media of a leg that is being released';
const EARLY = 'heard before the answer, and told after the end';
const CROSSED = 'it crossed the end of the call';
const STOPPED = 'said before it was stopped';
const SECOND_DIALOG = 'a second dialog of a forked INVITE: telephony acknowledges and releases it';

const ignoresOfEnding = {
  dial: DECIDED,
  progressed: 'a provisional response that crossed our CANCEL or BYE',
  networkToneHeard: EARLY,
  mailboxHeard: EARLY,
  mediaConnected: LATE_MEDIA,
  mediaFailed: LATE_MEDIA,
  verdictReached: STOPPED,
  verdictRevised: STOPPED,
  waitRequested: CROSSED,
  waitEnded: STOPPED,
  stepStarted: STOPPED,
  stepEnded: STOPPED,
  planEnded: STOPPED,
  silenceReached: STOPPED,
  stepsRequested: CROSSED,
  stepEndRequested: CROSSED,
  stepBesideRequested: CROSSED,
  stepBesideEnded: STOPPED,
  ownerSeen: CROSSED,
  ownerLost: STOPPED,
  cancelRequested: DECIDED,
  drainExpired: DECIDED,
} satisfies Ignores;

const INVITE_OVER = { invited: 'the INVITE is over', answered: SECOND_DIALOG } satisfies Ignores;

/** The leg reports its end, or is given up: there is nothing more to publish. */
const endsSilently = {
  rejected: '#call.done',
  hungUp: '#call.done',
  released: '#call.done',
  lost: '#call.done',
} as const;
const givesUpSilently = { releaseGuard: { target: '#call.done', actions: 'giveUpLeg' } } as const;

/** The INVITE was cancelled, and the result is out. A 200 may have crossed the CANCEL. */
const cancelling = call.createStateConfig({
  after: givesUpSilently,
  on: {
    ...endsSilently,
    // The CANCEL came before the INVITE left; a worker that takes over must know what to release.
    invited: {
      actions: { type: 'recordCalling', params: ({ event }) => ({ stackTxnId: event.stackTxnId }) },
    },
    answered: 'droppingAnswer',
    claimLost: { target: '#call.discarding.cancelling', actions: 'discard' },
  },
});

/** The answer that crossed our CANCEL is hung up: to the campaign this call was never answered. */
const droppingAnswer = call.createStateConfig({
  entry: 'hangUpLeg',
  after: givesUpSilently,
  on: { ...endsSilently, claimLost: { target: '#call.discarding.hangingUp', actions: 'discard' } },
  meta: { ignores: INVITE_OVER },
});

/** An answered call is hung up; its ended record is owed. */
const hangingUp = call.createStateConfig({
  entry: 'hangUpLeg',
  after: {
    releaseGuard: { target: '#call.done', actions: [note(neverReleased), 'giveUpLeg', publishEnded] },
  },
  on: {
    rejected: { target: '#call.done', actions: publishEnded },
    // Both sides hung up at once: ours was first.
    hungUp: { target: '#call.done', actions: publishEnded },
    released: { target: '#call.done', actions: publishEnded },
    lost: { target: '#call.done', actions: [note(lostWhileReleasing), publishEnded] },
    claimLost: { target: '#call.discarding.hangingUp', actions: 'discard' },
  },
  meta: { ignores: INVITE_OVER },
});

/** The result is out; the machine stays until nothing of the call is left. */
export const releasing = call.createStateConfig({
  initial: 'cancelling',
  meta: { ignores: ignoresOfEnding },
  states: { cancelling, droppingAnswer, hangingUp },
});

/** Another worker owns the call: what is held here is released, and nothing is recorded or published. */
export const discarding = call.createStateConfig({
  initial: 'cancelling',
  meta: { ignores: { ...ignoresOfEnding, claimLost: 'it is known' } },
  states: {
    cancelling: {
      after: givesUpSilently,
      on: { ...endsSilently, answered: { target: 'hangingUp', actions: 'hangUpLeg' } },
      meta: { ignores: { invited: 'the call is recorded by its new owner' } },
    },
    hangingUp: {
      after: givesUpSilently,
      on: endsSilently,
      meta: { ignores: INVITE_OVER },
    },
  },
});
