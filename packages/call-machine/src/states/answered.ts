import type { PlanStep } from '@outdial/contract';
import { raise } from 'xstate';
import { besideTaken, commandTaken, runningCommand, stepEndTaken } from '../agenda.js';
import type { CommandEvent, DetectorEvent, PlanEvent } from '../events.js';
import {
  arrange,
  call,
  choosePlan,
  endBeside,
  endCommand,
  interruptStep,
  note,
  publishEnded,
  publishResult,
  recordStepEnded,
  repeatCommandEnd,
} from '../setup.js';
import * as trace from '../trace.js';

const NO_DETECTOR = 'no detector runs';
const NO_PLAN = 'no step runs yet';
const NO_MEDIA = 'no media is connected; the app asks again';

type StepsCommanded = { type: 'stepsCommanded'; commandId: string; steps: readonly PlanStep[] };
type StepEndRequested = Extract<CommandEvent, { type: 'stepEndRequested' }>;
type RestTold = Extract<PlanEvent, { type: 'stepStarted' | 'stepEnded' }>;

const keepRest = arrange<RestTold>((agenda, { event: { rest = [] } }) => ({ ...agenda, rest }));
const takeStepEnd = arrange<StepEndRequested>((agenda, { event: { commandId }, trace: past }) =>
  stepEndTaken(agenda, commandId, past),
);
const takeBeside = arrange<Extract<CommandEvent, { type: 'stepBesideRequested' }>>(
  (agenda, { event, trace: past }) => besideTaken(agenda, event, past),
);
const tellStepEnd = {
  type: 'recordCommandEnded',
  params: ({ event: { commandId } }: { event: StepEndRequested }) => ({ commandId, steps: [] }),
} as const;

const connecting = call.createStateConfig({
  entry: 'connectMedia',
  after: {
    mediaGuard: {
      description: 'told as `mediaFailed`',
      actions: raise(({ context }) => ({
        type: 'mediaFailed',
        message: 'no media was connected in time',
        at: context.now(),
      })),
    },
  },
  on: {
    mediaConnected: [
      {
        guard: 'watchesSilence',
        target: 'connected',
        actions: {
          type: 'watchSilence',
          params: ({ context }) => ({ seconds: context.terms.silenceHangUpSeconds ?? 0 }),
        },
      },
      { target: 'connected' },
    ],
  },
  meta: {
    ignores: {
      stepsRequested: NO_MEDIA,
      stepEndRequested: NO_MEDIA,
      stepBesideRequested: NO_MEDIA,
      stepBesideEnded: 'none was taken',
    },
  },
});

/** The app may command the call; a command that is asked for again is taken once. */
const connected = call.createStateConfig({
  on: {
    stepsRequested: [
      { guard: 'isKnownCommand', actions: repeatCommandEnd },
      {
        description: 'told as `stepsCommanded`',
        actions: raise(({ event: { commandId, steps } }) => ({ type: 'stepsCommanded', commandId, steps })),
      },
    ],
    stepBesideRequested: [
      { guard: 'isKnownCommand', actions: repeatCommandEnd },
      {
        actions: [
          takeBeside,
          { type: 'runBeside', params: ({ event: { commandId, step } }) => ({ commandId, step }) },
        ],
      },
    ],
    stepBesideEnded: { actions: endBeside },
    stepEndRequested: [
      { guard: 'isKnownCommand', actions: repeatCommandEnd },
      { guard: 'runsOneOf', actions: [takeStepEnd, 'endStep', tellStepEnd] },
      { actions: [takeStepEnd, tellStepEnd] },
    ],
  },
  meta: { ignores: { mediaConnected: 'the media is connected already' } },
});

const classify = [
  note(trace.classified),
  {
    type: 'recordVerdict',
    params: ({ event }: { event: DetectorEvent }) => ({ verdict: event.verdict }),
  },
  publishResult,
] as const;

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
    verdictReached: [
      {
        guard: 'stopsImmediate',
        target: 'decided',
        actions: [...classify, call.raise({ type: 'immediateStopped' })],
      },
      { target: 'decided', actions: classify },
    ],
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
      actions: [note(trace.serverLost), note(trace.leftUnclassified), publishResult, publishEnded],
    },
    mediaFailed: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.mediaFailed), note(trace.leftUnclassified), publishResult],
    },
    silenceReached: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.silent), note(trace.leftUnclassified), publishResult],
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
    planOver: {
      target: '#call.releasing.hangingUp',
      actions: [note(trace.planDone), note(trace.leftUnclassified), publishResult],
    },
  },
  meta: { ignores: { verdictRevised: 'there is no verdict yet that it could revise' } },
});

const recordRevision = [
  note(trace.reclassified),
  {
    type: 'recordRevisedVerdict',
    params: ({ event }: { event: DetectorEvent }) => ({ verdict: event.verdict }),
  },
] as const;

const revise = [
  {
    guard: 'replacesSteps' as const,
    actions: [...recordRevision, call.raise({ type: 'stepsReplaced' })] as const,
  },
  { actions: recordRevision },
];

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

/** The steps that run, one at a time. `keepsRest`: of the plan, whose rest may have to go on after something else. */
function steps(keepsRest: boolean) {
  const keep = keepsRest ? [keepRest] : [];
  const between = call.createStateConfig({
    on: {
      stepStarted: {
        target: 'inStep',
        actions: [
          note(trace.stepStarted),
          ...keep,
          {
            type: 'recordStepStarted',
            params: ({ context, event }) => ({
              index: trace.stepCount(context.trace) - 1,
              step: event.step,
            }),
          },
        ],
      },
    },
    meta: { ignores: { stepEnded: 'no step runs' } },
  });
  const inStep = call.createStateConfig({
    on: { stepEnded: { target: 'between', actions: [note(trace.stepEnded), ...keep, recordStepEnded] } },
    meta: { ignores: { stepStarted: 'steps run one at a time' } },
  });
  return { between, inStep };
}

/** It may come before the verdict: then the result is still owed. */
const hangUp = {
  description: 'told as `planOver`',
  actions: call.raise({ type: 'planOver' }),
} as const;

/** What comes next is chosen: what is left of a plan, what is said at once, or the steps of the verdict. */
const waiting = call.createStateConfig({
  always: [
    { guard: 'mayResume', target: 'running' },
    { guard: 'speaksAtOnce', target: 'immediate' },
    { guard: 'mayRunPlan', target: 'running', actions: choosePlan },
  ],
  meta: { ignores: { stepStarted: NO_PLAN, stepEnded: NO_PLAN, planEnded: NO_PLAN } },
});

/** Steps that do not wait for the verdict. */
const immediate = call.createStateConfig({
  entry: [
    arrange((agenda) => ({ ...agenda, hasSpokenAtOnce: true })),
    { type: 'runPlan', params: ({ context }) => ({ steps: context.terms.onAnswered.immediately ?? [] }) },
  ],
  exit: ['stopPlan', interruptStep],
  initial: 'between',
  states: steps(false),
  on: {
    immediateStopped: { description: 'the verdict stops them', target: 'waiting' },
    stepsReplaced: { description: 'the verdict was revised', target: 'waiting' },
    planEnded: [{ guard: 'hangsUp', ...hangUp }, { target: 'waiting' }],
  },
});

const running = call.createStateConfig({
  entry: { type: 'runPlan', params: ({ context }) => ({ steps: context.agenda.rest ?? [] }) },
  exit: ['stopPlan', interruptStep],
  initial: 'between',
  states: steps(true),
  on: {
    stepsReplaced: {
      description: 'the verdict was revised',
      target: 'running',
      reenter: true,
      actions: choosePlan,
    },
    planEnded: [{ guard: 'hangsUp', ...hangUp }, { guard: 'isOwned', target: 'held' }, hangUp],
  },
});

/** Steps that the app asked for, in the place of the plan's. */
const commanded = call.createStateConfig({
  entry: {
    type: 'runPlan',
    params: ({ context }) => ({ steps: runningCommand(context.agenda)?.steps ?? [] }),
  },
  exit: ['stopPlan', interruptStep, endCommand],
  initial: 'between',
  states: steps(false),
  on: {
    stepsReplaced: { description: 'the verdict was revised', actions: choosePlan },
    planEnded: [
      { guard: 'hangsUp', ...hangUp },
      { guard: 'isOwned', target: 'held' },
      { description: 'no app has the call', target: 'waiting' },
    ],
  },
});

/** No step is left, and the app has the call. */
const held = call.createStateConfig({
  on: { stepsReplaced: { description: 'the verdict was revised', actions: choosePlan } },
  meta: { ignores: { stepStarted: NO_PLAN, stepEnded: NO_PLAN, planEnded: NO_PLAN } },
});

const plan = call.createStateConfig({
  initial: 'waiting',
  states: { waiting, immediate, running, commanded, held },
  on: {
    stepsCommanded: {
      target: '.commanded',
      actions: arrange<StepsCommanded>((agenda, { event, trace: past }) => commandTaken(agenda, event, past)),
    },
    orphaned: [
      {
        guard: 'hasOrphanSteps',
        target: '.waiting',
        actions: arrange((agenda, { terms }) => ({ ...agenda, rest: terms.onOrphaned ?? [] })),
      },
      { guard: 'isWithoutPlan', target: '.waiting' },
    ],
  },
});

/** Whether a campaign app has the call, and keeps it up. */
const owner = call.createStateConfig({
  initial: 'unknown',
  states: {
    unknown: {
      always: [
        { guard: 'hasOrphanSteps', target: 'owned' },
        { description: 'else', target: 'none' },
      ],
    },
    none: {
      on: { ownerSeen: { target: 'owned', actions: note(trace.owned) } },
      meta: { ignores: { ownerLost: 'there was none' } },
    },
    owned: {
      entry: 'watchOwner',
      on: {
        ownerLost: {
          target: 'none',
          actions: [note(trace.orphaned), call.raise({ type: 'orphaned' })],
        },
      },
      meta: { ignores: { ownerSeen: 'it is known' } },
    },
  },
});

/** Four regions run in parallel: the detector listens, the media is connected, the plan waits for both, and an app may have the call. */
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
    lost: { target: 'done', actions: [note(trace.serverLost), publishEnded] },
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
    silenceReached: { target: 'releasing.hangingUp', actions: note(trace.silent) },
    mediaFailed: { target: 'releasing.hangingUp', actions: note(trace.mediaFailed) },
    cancelRequested: { target: 'releasing.hangingUp', actions: note(trace.cancelled) },
    drainExpired: { target: 'releasing.hangingUp', actions: note(trace.drained) },
    maxDurationReached: { target: 'releasing.hangingUp', actions: note(trace.durationPassed) },
    planOver: { target: 'releasing.hangingUp', actions: note(trace.planDone) },
    claimLost: { target: 'discarding.hangingUp', actions: ['discard', 'hangUpLeg'] },
  },
  meta: {
    ignores: {
      dial: 'it is answered',
      invited: 'the INVITE is over',
      progressed: 'a provisional response that came late',
      networkToneHeard: 'it was heard before the answer',
      mailboxHeard: 'it was heard before the answer: the verdict knows',
      answered: 'a second dialog of a forked INVITE: telephony acknowledges and releases it',
    },
  },
  states: { detection, media: { initial: 'connecting', states: { connecting, connected } }, plan, owner },
});
