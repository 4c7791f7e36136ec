import type { CallState } from '@outdial/contract';
import { and, assign, or, setup, stateIn } from 'xstate';
import { ACTIONS, type CallEffects } from './effects.js';
import type { CallMachineEvent } from './events.js';
import { endingOf, outcomeOf } from './outcome.js';
import { type CallGuards, type CallTerms, DELAYS } from './timers.js';
import type { CallTrace, Change } from './trace.js';

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
}

/** An event that the machine sends itself, so that a timer's end is told like any other. */
type InternalEvent = { type: 'maxDurationReached' };
type AnyEvent = CallMachineEvent | InternalEvent;

/** The events that are to be expected in a state and mean nothing there, each with the reason. */
export type Ignores = Partial<Record<CallMachineEvent['type'], string>>;

/** What an action's parameters are worked out from. */
export interface In {
  context: CallContext;
}

/** The words that every state of the machine is told in. */
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
    rings: ({ event }) => event.type === 'progressed' && event.rings,
  },
});

/** Puts what happened into the trace. */
export function note<Event extends AnyEvent>(change: Change<Event>) {
  return assign<CallContext, Event, undefined, AnyEvent, never>(({ context, event }) => ({
    trace: change(context.trace, context.now(), event),
  }));
}

export const publishResult = {
  type: 'publishResult',
  params: ({ context }: In) => outcomeOf(context.trace),
} as const;

export const publishEnded = {
  type: 'publishEnded',
  params: ({ context }: In) => endingOf(context.trace),
} as const;

export const discard = { type: 'discard', params: { reason: 'CLAIM_LOST' } } as const;
