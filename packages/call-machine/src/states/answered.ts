import { raise } from 'xstate';
import type { DetectorEvent } from '../events.js';
import { call, discard, note, publishEnded, publishResult } from '../setup.js';
import * as trace from '../trace.js';

const NO_DETECTOR = 'no detector runs';

const connecting = call.createStateConfig({
  entry: 'connectMedia',
  after: {
    mediaGuard: {
      description: 'told as `mediaFailed`',
      actions: raise({ type: 'mediaFailed', message: 'no media was connected in time' }),
    },
  },
  on: { mediaConnected: 'connected' },
});

const connected = call.createStateConfig({
  meta: { ignores: { mediaConnected: 'the media is connected already' } },
});

/** The result is owed until the verdict: every way out of here publishes it, but for a lost claim. */
const listening = call.createStateConfig({
  after: {
    lsdGuard: {
      description: 'told as `verdictReached`, UNKNOWN',
      actions: raise(({ context }) => ({
        type: 'verdictReached',
        verdict: trace.noVerdict(context.trace, context.now()),
      })),
    },
  },
  on: {
    verdictReached: {
      target: 'decided',
      actions: [
        note(trace.classified),
        { type: 'recordVerdict', params: ({ event }) => ({ verdict: event.verdict }) },
        publishResult,
      ],
    },
    hungUp: {
      target: '#call.done',
      actions: [note(trace.hungUp), note(trace.leftUnclassified), publishResult, publishEnded],
    },
    rejected: {
      target: '#call.done',
      actions: [note(trace.rejected), note(trace.leftUnclassified), publishResult, publishEnded],
    },
    released: {
      target: '#call.done',
      actions: [note(trace.releasedUnasked), note(trace.leftUnclassified), publishResult, publishEnded],
    },
    lost: {
      target: '#call.done',
      actions: [note(trace.engineLost), note(trace.leftUnclassified), publishResult, publishEnded],
    },
    mediaFailed: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.mediaFailed), note(trace.leftUnclassified), publishResult],
    },
    cancelRequested: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.cancelled), note(trace.leftUnclassified), publishResult],
    },
    drainExpired: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.drained), note(trace.leftUnclassified), publishResult],
    },
    maxDurationReached: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.durationPassed), note(trace.leftUnclassified), publishResult],
    },
  },
  meta: { ignores: { verdictRevised: 'there is no verdict yet that it could revise' } },
});

const revise = {
  actions: [
    note(trace.reclassified),
    {
      type: 'recordRevisedVerdict',
      params: ({ event }: { event: DetectorEvent }) => ({ verdict: event.verdict }),
    },
  ],
} as const;

/** The detector goes on listening. A verdict that comes after its time was over is a revision too. */
const decided = call.createStateConfig({
  on: { verdictReached: revise, verdictRevised: revise },
});

const detection = call.createStateConfig({
  initial: 'off',
  states: {
    off: {
      entry: publishResult,
      meta: { ignores: { verdictReached: NO_DETECTOR, verdictRevised: NO_DETECTOR } },
    },
    on: {
      initial: 'listening',
      entry: 'startDetector',
      states: { listening, decided },
    },
  },
});

const plan = call.createStateConfig({
  initial: 'waiting',
  states: {
    waiting: {
      always: {
        guard: 'mayRunPlan',
        target: 'running',
      },
      meta: { ignores: { planEnded: 'no plan runs yet' } },
    },
    running: {
      entry: {
        type: 'runPlan',
        params: ({ context }) => ({ farEndType: context.trace.verdict?.farEndType ?? 'UNKNOWN' }),
      },
      exit: 'stopPlan',
      on: { planEnded: { target: '#call.releasing.hangingUp', actions: note(trace.planDone) } },
    },
  },
});

/** Three things go on at once: the detector listens, the media comes up, and the plan waits for both. */
export const answered = call.createStateConfig({
  type: 'parallel',
  tags: 'ANSWERED',
  exit: 'stopListening',
  after: {
    maxDuration: {
      description: 'told as `maxDurationReached`',
      actions: raise({ type: 'maxDurationReached' }),
    },
  },
  on: {
    hungUp: { target: 'done', actions: [note(trace.hungUp), publishEnded] },
    rejected: { target: 'done', actions: [note(trace.rejected), publishEnded] },
    released: { target: 'done', actions: [note(trace.releasedUnasked), publishEnded] },
    lost: { target: 'done', actions: [note(trace.engineLost), publishEnded] },
    waitRequested: {
      actions: {
        type: 'startWait',
        params: ({ event: { waitId, parameters } }) => ({ waitId, parameters }),
      },
    },
    waitEnded: {
      actions: {
        type: 'recordWaitEnded',
        params: ({ event: { waitId, outcome } }) => ({ waitId, outcome }),
      },
    },
    mediaFailed: { target: 'releasing.hangingUp', actions: note(trace.mediaFailed) },
    cancelRequested: { target: 'releasing.hangingUp', actions: note(trace.cancelled) },
    drainExpired: { target: 'releasing.hangingUp', actions: note(trace.drained) },
    maxDurationReached: { target: 'releasing.hangingUp', actions: note(trace.durationPassed) },
    claimLost: { target: 'discarding.hangingUp', actions: [discard, 'hangUpLeg'] },
  },
  meta: {
    ignores: {
      dial: 'it is answered',
      invited: 'the INVITE is over',
      progressed: 'a provisional response that came late',
      answered: 'a second dialog of a forked INVITE: telephony acknowledges and releases it',
    },
  },
  states: { detection, media: { initial: 'connecting', states: { connecting, connected } }, plan },
});
