import type { LegEvent, NetworkTone } from '@outdial/contract';
import { call, note, publishResult, returnJob } from '../setup.js';
import * as trace from '../trace.js';

type AnsweredEvent = Extract<LegEvent, { type: 'answered' }>;

const NOT_ANSWERED = 'the leg is not answered: it has no media, no detector and no plan';

/** The INVITE is about to leave. */
const inviting = call.createStateConfig({
  tags: 'CALLING',
  entry: 'sendInvite',
  after: {
    inviteGuard: {
      target: '#call.releasing.cancelling',
      actions: [note(trace.inviteStuck), 'cancelInvite', publishResult],
    },
  },
  on: {
    invited: {
      target: 'outgoing',
      actions: [
        note(trace.invited),
        { type: 'recordCalling', params: ({ event }) => ({ stackTxnId: event.stackTxnId }) },
      ],
    },
    progressed: { actions: note(trace.progressed) },
  },
});

const calling = call.createStateConfig({
  tags: 'CALLING',
  on: {
    progressed: [
      {
        guard: 'rings',
        target: 'ringing',
        actions: [
          note(trace.progressed),
          {
            type: 'recordRinging',
            params: ({ event }) => ({ sipStatus: event.status, earlyMedia: event.earlyMedia }),
          },
        ],
      },
      { actions: note(trace.progressed) },
    ],
  },
});

const ringing = call.createStateConfig({
  tags: 'RINGING',
  on: { progressed: { actions: note(trace.progressed) } },
});

/** The INVITE is out. The deadline belongs to this state as a whole: ringing does not start it again. */
const outgoing = call.createStateConfig({
  initial: 'calling',
  after: {
    secondsTimeout: {
      guard: 'hasDeadline',
      target: '#call.releasing.cancelling',
      actions: [note(trace.deadlinePassed), 'cancelInvite', publishResult],
    },
  },
  // Re-sent with credentials: a new transaction to cancel, the same call.
  on: {
    invited: {
      actions: { type: 'recordCalling', params: ({ event }) => ({ stackTxnId: event.stackTxnId }) },
    },
  },
  states: { calling, ringing },
});

const answer = [
  note(trace.answered),
  {
    type: 'recordAnswered',
    params: ({ event: { stackDialogId, codec, at } }: { event: AnsweredEvent }) => ({
      stackDialogId,
      codec,
      at,
    }),
  },
] as const;

const hearTone = [
  note(trace.toneHeard),
  {
    type: 'recordNetworkTone',
    params: ({ event: { tone } }: { event: { tone: NetworkTone } }) => tone,
  },
] as const;
const hangUpEarly = [note(trace.hungUpEarly), 'cancelInvite', publishResult] as const;

/** Every way out but the answer publishes the result. */
export const dialling = call.createStateConfig({
  initial: 'inviting',
  on: {
    answered: [
      { guard: 'detects', target: '#call.answered.detection.on', actions: answer },
      { target: '#call.answered.detection.off', actions: answer },
    ],
    rejected: [
      {
        guard: 'wasNotSent',
        target: 'done',
        actions: [note(trace.rejected), returnJob],
      },
      { target: 'done', actions: [note(trace.rejected), publishResult] },
    ],
    hungUp: { target: 'done', actions: [note(trace.hungUp), publishResult] },
    released: { target: 'done', actions: [note(trace.releasedUnasked), publishResult] },
    lost: { target: 'done', actions: [note(trace.serverLost), publishResult] },
    networkToneHeard: [
      { guard: 'hangsUpOn', target: 'releasing.cancelling', actions: [...hearTone, ...hangUpEarly] },
      { actions: hearTone },
    ],
    mailboxHeard: [
      {
        guard: 'hangsUpOn',
        target: 'releasing.cancelling',
        actions: [note(trace.mailboxHeard), ...hangUpEarly],
      },
      { actions: note(trace.mailboxHeard) },
    ],
    cancelRequested: {
      target: 'releasing.cancelling',
      actions: [note(trace.cancelled), 'cancelInvite', publishResult],
    },
    drainExpired: {
      target: 'releasing.cancelling',
      actions: [note(trace.drained), 'cancelInvite', publishResult],
    },
    claimLost: { target: 'discarding.cancelling', actions: ['discard', 'cancelInvite'] },
  },
  meta: {
    ignores: {
      dial: 'it is being dialled',
      mediaConnected: NOT_ANSWERED,
      mediaFailed: NOT_ANSWERED,
      verdictReached: NOT_ANSWERED,
      verdictRevised: NOT_ANSWERED,
      waitRequested: NOT_ANSWERED,
      waitEnded: NOT_ANSWERED,
      stepStarted: NOT_ANSWERED,
      stepEnded: NOT_ANSWERED,
      planEnded: NOT_ANSWERED,
      silenceReached: NOT_ANSWERED,
      stepsRequested: NOT_ANSWERED,
      stepEndRequested: NOT_ANSWERED,
      stepBesideRequested: NOT_ANSWERED,
      stepBesideEnded: NOT_ANSWERED,
      ownerSeen: NOT_ANSWERED,
      ownerLost: NOT_ANSWERED,
    },
  },
  states: { inviting, outgoing },
});
