import type { CallEvent, StepReport } from '@outdial/contract';
import type { z } from 'zod';
import type { captureSchema, wholeCallSchema } from '../../../src/calls/call-schemas.js';

/** All that is known of a call. */
export type WholeCall = z.output<typeof wholeCallSchema>;
/** What was captured of it. */
export type Capture = z.output<typeof captureSchema>;

/** When a call was in which state, in epoch milliseconds; null: it was not, or not yet. */
export interface CallTimes {
  calling: number | null;
  ringing: number | null;
  answered: number | null;
  ended: number | null;
}

/** From its records, or while there are none, from its events. */
export function timesOf({ result, ended, events, phase }: WholeCall): CallTimes {
  const told = (type: CallEvent['type']) => events.find(({ event }) => event.type === type)?.event.at ?? null;
  const timings = { ...result?.timings, ...ended?.timings };
  return {
    calling: timings.callingAt ?? told('calling'),
    ringing: timings.ringingAt ?? told('ringing'),
    answered: timings.answeredAt ?? told('answered'),
    ended: phase === 'ended' ? (timings.endedAt ?? told('ended') ?? told('result')) : null,
  };
}

/** A step, which may still run. */
export type ShownStep = Pick<StepReport, 'index' | 'step' | 'startedAt'> &
  Partial<Pick<StepReport, 'endedAt' | 'outcome' | 'error' | 'data'>>;

/** From the ended record, or while there is none, from events. */
export function stepsOf({ ended, events }: WholeCall): ShownStep[] {
  if (ended !== null) return ended.steps;
  const steps = new Map<number, ShownStep>();
  for (const { event } of events) {
    if (event.type === 'stepStarted')
      steps.set(event.index, { index: event.index, step: event.step, startedAt: event.at });
    const started = event.type === 'stepEnded' ? steps.get(event.index) : undefined;
    if (event.type === 'stepEnded' && started !== undefined) {
      const { index, outcome, error, data, at } = event;
      steps.set(index, { ...started, outcome, error, data, endedAt: at });
    }
  }
  return [...steps.values()];
}
