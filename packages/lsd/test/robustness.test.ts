import { join, recording, silence, tone } from '@outdial/testkit/sounds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect, verdictOf } from './detect.js';
import { humming, type Impairments, impair } from './impairments.js';

/** Gain, offset, codec, up to 5 % of lost packets, and a click before or after the speech. */
const impairments: fc.Arbitrary<Impairments> = fc.record({
  gainDb: fc.double({ min: -20, max: 6, noNaN: true }),
  offset: fc.integer({ min: -800, max: 800 }),
  codec: fc.constantFrom('none', 'alaw', 'mulaw'),
  lost: fc.uniqueArray(fc.nat({ max: 249 }), { maxLength: 12 }),
  concealment: fc.constantFrom('silence', 'repeat'),
  clickMs: fc.option(fc.integer({ min: 20, max: 250 })),
});

const clear: Impairments = {
  gainDb: 0,
  offset: 0,
  codec: 'none',
  lost: [],
  concealment: 'silence',
  clickMs: null,
};

const calls = [
  ['a person', 'hello', 'LIVE'],
  ['a business', 'business', 'LIVE'],
  ['a machine', 'greeting', 'ANSWER_MACHINE'],
] as const;

describe.each(calls)('%s', (_, name, farEndType) => {
  it.each(['', '-gsm'] as const)('is recognised whatever the line does to the sound (%s)', (codec) => {
    const call = join(silence(300), recording(name, codec), silence(5500)).subarray(0, 7 * 8000);
    fc.assert(
      fc.property(impairments, (how) => {
        const verdict = verdictOf(detect(impair(call, how), { timeoutMilliseconds: 6000 }));
        expect(verdict.farEndType).toBe(farEndType);
      }),
      { numRuns: 8, seed: 3 },
    );
  });
});

const hums = [[100, 200], [150, 300], [200, 400], [120, 360], [425], [440, 480]].map(
  (frequencies) => [frequencies.join(' + '), frequencies] as const,
);

describe('a line that hums', () => {
  it.each(hums)('does not delay the verdict on a person (%s Hz)', (_, frequencies) => {
    const call = join(silence(300), recording('hello'), silence(5500));
    const usual = verdictOf(detect(call));
    const verdict = verdictOf(detect(humming(call, frequencies)));
    expect(verdict.farEndType).toBe('LIVE');
    expect(verdict.decidedAfterMs - usual.decidedAfterMs).toBeLessThan(400);
  });

  it.each(hums)('does not hide a machine (%s Hz)', (_, frequencies) => {
    const call = join(silence(300), recording('greeting'), silence(800), tone(400, 1000), silence(4000));
    const events = detect(humming(call, frequencies), { timeoutMilliseconds: 10_000 });
    expect(verdictOf(events).farEndType).toBe('ANSWER_MACHINE');
    expect(events.filter(({ type }) => type === 'beep')).toHaveLength(1);
  });
});

describe('in-band ringing with lost packets', () => {
  const ring = tone(400, 400, 450);
  const period = join(ring, silence(200), ring, silence(2000));
  const call = join(silence(40), period, period, recording('hello'), silence(4000));

  it.each([
    [3, 9, 10, 15, 17, 24, 43, 49],
    [5, 6, 8, 14, 16, 25],
    [7, 8, 12, 14, 31, 35],
  ])('is not a beep (%d, %d, ...)', (...lost) => {
    const broken = impair(call, { ...clear, lost });
    const verdict = verdictOf(detect(broken, { mode: 'TIMEOUT_FROM_ANSWER_DETECT' }));
    expect(verdict.farEndType).toBe('LIVE');
  });
});
