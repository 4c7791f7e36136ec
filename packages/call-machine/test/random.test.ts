import { ON_REVISED, ON_VERDICT } from '@outdial/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallMachineEvent } from '../src/events.js';
import {
  answered,
  type CallUnderTest,
  cancelRequested,
  EVERY_EVENT,
  HANGS_UP_EARLY,
  IMMEDIATE_STEPS,
  invited,
  mediaConnected,
  ORPHAN_STEPS,
  rings,
  startCall,
  TERMS,
} from './call-under-test.js';
import { expectPromisesKeptAtTheEnd } from './promises.js';

type Step = CallMachineEvent | { waitMs: number };

const terms = fc.record({
  secondsTimeout: fc.constantFrom(null, 0.5, 20, 120),
  liveSpeakerDetect: fc.constantFrom(null, 'DEFAULT', 'TIMEOUT_FROM_ANSWER_DETECT'),
  lsdTimeoutMilliseconds: fc.constantFrom(500, 5000, 10_000),
  maxDurationSeconds: fc.constantFrom(1, 60, TERMS.maxDurationSeconds),
  silenceHangUpSeconds: fc.constantFrom(null, 60),
  earlyMedia: fc.constantFrom(TERMS.earlyMedia, HANGS_UP_EARLY.earlyMedia),
  onAnswered: fc
    .record({
      onRevised: fc.constantFrom(...ON_REVISED),
      onVerdict: fc.constantFrom(...ON_VERDICT),
      immediately: fc.constantFrom(undefined, IMMEDIATE_STEPS),
    })
    .map((drawn) => ({ ...TERMS.onAnswered, ...drawn })),
  onOrphaned: fc.constantFrom(undefined, ORPHAN_STEPS),
});

const waitMs = fc.oneof(
  fc.integer({ min: 0, max: 6000 }),
  // The very moments at which timers end.
  fc.constantFrom(1, 500, 1000, 5000, 5500, 15_000, 20_000, 40_000, 120_000),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Step[]>(...Object.values(EVERY_EVENT).flat()) },
  { weight: 1, arbitrary: fc.record({ waitMs }) },
);

const dialled: Step[] = [{ type: 'dial' }, invited];
const answeredSteps: Step[] = [...dialled, rings, ...EVERY_EVENT.answered];

/** Begins anywhere in a call's life, so that long lives are not left to luck. */
const life = fc
  .tuple(
    fc.constantFrom<Step[][]>([], [{ type: 'dial' }], dialled, answeredSteps, [
      ...answeredSteps,
      mediaConnected,
    ]),
    fc.array(step, { maxLength: 20 }),
  )
  .map(([begin, rest]) => [...begin, ...rest]);

/** Lives the steps, and returns the events that the call took from `dial` on. */
function live(call: CallUnderTest, steps: readonly Step[]): CallMachineEvent[] {
  const taken: CallMachineEvent[] = [];
  for (const next of steps) {
    if (call.done) break;
    if ('waitMs' in next) {
      call.wait(next.waitMs);
      continue;
    }
    const event = next.type === 'answered' ? answered(call) : next;
    call.send(event);
    taken.push(event);
  }
  const dialledAt = taken.findIndex(({ type }) => type === 'dial');
  return dialledAt < 0 ? [] : taken.slice(dialledAt);
}

describe('any sequence of events, at any time', () => {
  it('keeps every promise, and leaves nothing up once the leg is released', () => {
    fc.assert(
      fc.property(terms, life, (drawn, steps) => {
        const call = startCall(drawn);
        const events = live(call, [...steps, cancelRequested, ...EVERY_EVENT.released]);
        expect(call.done).toBe(true);
        expectPromisesKeptAtTheEnd(call.performed, events);
      }),
      { numRuns: 1000 },
    );
  });

  it('is over in the end, by timers alone, when no further event comes', () => {
    fc.assert(
      fc.property(terms, life, (drawn, steps) => {
        const call = startCall(drawn);
        const events = live(call, [{ type: 'dial' }, ...steps]);
        const isUnlimited = drawn.secondsTimeout === null && call.state !== 'ANSWERED';
        if (isUnlimited && !call.done) call.send(cancelRequested);
        for (let hours = 0; hours < 4; hours += 1) call.wait(3_600_000);
        expect(call.done).toBe(true);
        expectPromisesKeptAtTheEnd(call.performed, events);
      }),
      { numRuns: 1000 },
    );
  });
});
