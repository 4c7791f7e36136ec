import { type CallState, isReplacedOnRevision, isStoppedByVerdict, type PlanStep } from '@outdial/contract';
import { and, assign, or, setup, stateIn } from 'xstate';
import { type Agenda, besideEnded, commandEnded, commandOf, planChosen, runningCommand } from './agenda.js';
import { ACTIONS, type CallEffects } from './effects.js';
import type { CallMachineEvent } from './events.js';
import { endingOf, outcomeOf } from './outcome.js';
import { type CallGuards, type CallTerms, DELAYS } from './timers.js';
import { type CallTrace, type Change, errorOf, lastStep, stepBesideEnded, stepEnded } from './trace.js';

export interface CallInput {
  terms: CallTerms;
  /** Epoch milliseconds; the same clock that the leg's `at` is taken from. */
  now: () => number;
  effects: CallEffects;
  guards?: Partial<CallGuards>;
}

export interface CallContext {
  terms: CallTerms;
  guards: CallGuards;
  now: () => number;
  effects: CallEffects;
  trace: CallTrace;
  agenda: Agenda;
}

/** Events that the machine sends itself: the end of a timer, and a consequence of another event. */
type InternalEvent =
  | { type: 'maxDurationReached' }
  /** The last step has ended, or one of them ends the call. */
  | { type: 'planOver' }
  | { type: 'stepsReplaced' }
  /** The verdict stops what is said at once. */
  | { type: 'immediateStopped' }
  | { type: 'stepsCommanded'; commandId: string; steps: readonly PlanStep[] }
  | { type: 'orphaned' };
type AnyEvent = CallMachineEvent | InternalEvent;

/** The events that are to be expected in a state and mean nothing there, each with the reason. */
export type Ignores = Partial<Record<CallMachineEvent['type'], string>>;

/** What an action's parameters are worked out from. */
export interface In {
  context: CallContext;
}

/** The states' common vocabulary: types, actions, delays and guards. */
export const call = setup({
  types: {
    context: {} as CallContext,
    events: {} as AnyEvent,
    input: {} as CallInput,
    tags: {} as CallState,
    meta: {} as { ignores: Ignores },
  },
  actions: ACTIONS,
  delays: DELAYS,
  guards: {
    hasDeadline: ({ context }) => context.terms.secondsTimeout !== null,
    detects: ({ context }) => context.terms.liveSpeakerDetect !== null,
    mayRunPlan: and([
      stateIn('#call.answered.media.connected'),
      or([stateIn('#call.answered.detection.off'), stateIn('#call.answered.detection.on.decided')]),
    ]),
    /** Steps that did not begin, of the plan or for a call whose app is lost, may go on. */
    mayResume: and([
      stateIn('#call.answered.media.connected'),
      ({ context }: In) => context.agenda.rest !== null,
    ]),
    speaksAtOnce: and([
      stateIn('#call.answered.media.connected'),
      ({ context: { terms, agenda } }: In) =>
        !agenda.hasSpokenAtOnce && (terms.onAnswered.immediately ?? []).length > 0,
    ]),
    /** What is said at once gives way to the steps of the verdict. */
    stopsImmediate: ({ context, event }) =>
      event.type === 'verdictReached' &&
      isStoppedByVerdict(context.terms.onAnswered, event.verdict.farEndType),
    hangsUp: ({ event }) => event.type === 'planEnded' && event.hangsUp === true,
    isOwned: stateIn('#call.answered.owner.owned'),
    /** The job says what is to happen without its app: so it has one from the answer on. */
    hasOrphanSteps: ({ context }) => context.terms.onOrphaned !== undefined,
    /** The app had steps of its own run, or none are left: the plan goes on. */
    isWithoutPlan: or([stateIn('#call.answered.plan.commanded'), stateIn('#call.answered.plan.held')]),
    runsOneOf: ({ context: { trace }, event }) =>
      event.type === 'stepEndRequested' && event.kinds.some((kind) => kind === trace.runningStep?.step),
    isKnownCommand: ({ context, event }) =>
      (event.type === 'stepsRequested' ||
        event.type === 'stepEndRequested' ||
        event.type === 'stepBesideRequested') &&
      commandOf(context.agenda, event.commandId) !== undefined,
    /** The INVITE failed on our side before it left, so that the job may be tried again. */
    wasNotSent: ({ context, event }) =>
      event.type === 'rejected' && !!event.error && context.trace.timings.callingAt === undefined,
    watchesSilence: ({ context }) => context.terms.silenceHangUpSeconds !== null,
    /** The steps of a corrected verdict are to take the place of those that run. */
    replacesSteps: ({ context, event }) => {
      if (event.type !== 'verdictRevised' && event.type !== 'verdictReached') return false;
      const { terms, trace } = context;
      const from = trace.verdict?.farEndType ?? 'UNKNOWN';
      return isReplacedOnRevision(terms.onAnswered, from, event.verdict.farEndType);
    },
    /** The job is to be hung up on what was heard before the answer. */
    hangsUpOn: ({ context, event }) => {
      const { hangUpOn } = context.terms.earlyMedia;
      if (event.type === 'mailboxHeard') return hangUpOn.includes('mailbox');
      return event.type === 'networkToneHeard' && hangUpOn.some((kind) => kind === event.tone.kind);
    },
    rings: ({ event }) => event.type === 'progressed' && event.rings,
  },
});

/** Puts what happened into the trace. */
export function note<Event extends AnyEvent>(change: Change<Event>) {
  return assign<CallContext, Event, undefined, AnyEvent, never>(({ context, event }) => ({
    trace: change(context.trace, context.now(), event),
  }));
}

/** Changes which steps are to come. */
export function arrange<Event extends AnyEvent>(
  change: (agenda: Agenda, now: { terms: CallTerms; trace: CallTrace; event: Event }) => Agenda,
) {
  return assign<CallContext, Event, undefined, AnyEvent, never>(({ context, event }) => ({
    agenda: change(context.agenda, { terms: context.terms, trace: context.trace, event }),
  }));
}

/** The plan begins from its first step. */
export const choosePlan = arrange((agenda, { terms, trace }) => planChosen(agenda, terms, trace));

export const publishResult = {
  type: 'publishResult',
  params: ({ context }: In) => outcomeOf(context.trace),
} as const;

export const returnJob = {
  type: 'returnJob',
  params: ({ context }: In) => ({ error: errorOf(context.trace) }),
} as const;

export const recordStepEnded = {
  type: 'recordStepEnded',
  params: ({ context }: In) => lastStep(context.trace),
} as const;

export const publishEnded = {
  type: 'publishEnded',
  params: ({ context }: In) => endingOf(context.trace),
} as const;

const INTERRUPTED = { type: 'stepEnded', outcome: 'interrupted', error: null } as const;

/** Records the step that runs, if any, as interrupted. */
export const interruptStep = call.enqueueActions(({ context, enqueue }) => {
  const { trace, now } = context;
  if (trace.runningStep === null) return;
  const after = stepEnded(trace, now(), INTERRUPTED);
  enqueue.assign({ trace: after });
  enqueue({ type: 'recordStepEnded', params: lastStep(after) });
});

/** Records the end of the command whose steps ran. */
export const endCommand = call.enqueueActions(({ context, enqueue }) => {
  const command = runningCommand(context.agenda);
  if (command === undefined) return;
  const agenda = commandEnded(context.agenda, context.trace);
  enqueue.assign({ agenda });
  const steps = commandOf(agenda, command.id)?.reports ?? [];
  enqueue({ type: 'recordCommandEnded', params: { commandId: command.id, steps } });
});

/** Records a step that was taken beside others, and the end of the command that it was. */
export const endBeside = call.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'stepBesideEnded') return;
  const trace = stepBesideEnded(context.trace, context.now(), event);
  const report = lastStep(trace);
  const { commandId } = event;
  enqueue.assign({ trace, agenda: besideEnded(context.agenda, commandId, report) });
  enqueue({ type: 'recordStepStarted', params: { index: report.index, step: report.step } });
  enqueue({ type: 'recordStepEnded', params: report });
  enqueue({ type: 'recordCommandEnded', params: { commandId, steps: [report] } });
});

/** Tells the end of a command again to an app that asks again; of one that runs there is nothing to tell. */
export const repeatCommandEnd = call.enqueueActions(({ context, event, enqueue }) => {
  if (!('commandId' in event)) return;
  const reports = commandOf(context.agenda, event.commandId)?.reports;
  if (reports)
    enqueue({ type: 'recordCommandEnded', params: { commandId: event.commandId, steps: reports } });
});
