import { verdictSchema } from '@outdial/contract';
import { join, mix, noise, recording, silence, tone, v21 } from '@outdial/testkit/sounds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LsdInputError, SpeakerDetector } from '../src/index.js';
import { detect, verdictOf } from './detect.js';

const hello = join(silence(400), recording('hello'), silence(5000));
const greeting = join(silence(300), recording('greeting'));

/** Detects a hello, a pause and `phrase`: the silence before LIVE, and the evidence. */
function detectAfterHello(phrase: Int16Array): { silenceMs: number; evidence: string } {
  const spoken = join(silence(400), recording('hello').subarray(0, 8 * 500), silence(500), trimmed(phrase));
  const verdict = verdictOf(detect(join(spoken, silence(3000))));
  expect(verdict).toMatchObject({ farEndType: 'LIVE' });
  return { silenceMs: verdict.decidedAfterMs - spoken.length / 8, evidence: verdict.evidence };
}

/** Removes the silence at the end. */
function trimmed(phrase: Int16Array): Int16Array {
  return phrase.subarray(0, 1 + phrase.findLastIndex((sample) => Math.abs(sample) > 200));
}

/** The phrase at another tempo, pitch and loudness. */
function resampled(phrase: Int16Array, speed: number, strength: number): Int16Array {
  return Int16Array.from(
    { length: Math.floor(phrase.length / speed) },
    (_, n) => strength * (phrase[Math.floor(n * speed)] as number),
  );
}

describe('verdicts', () => {
  it('calls a short hello and silence LIVE within a second of the silence', () => {
    const verdict = verdictOf(detect(hello));
    expect(verdict).toMatchObject({ farEndType: 'LIVE', kind: 'human' });
    expect(verdict.decidedAfterMs).toBeLessThan(2200);
    expect(verdict.evidence).toMatch(/^0\.\d s of speech, then 0\.\d s of silence$/);
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
  });

  it('calls a short hello in noise 15 dB below it LIVE', () => {
    expect(verdictOf(detect(mix(hello, noise(8000, 700))))).toMatchObject({ farEndType: 'LIVE' });
  });

  it('calls a business greeting LIVE', () => {
    const call = join(silence(300), recording('business'), silence(5000));
    expect(verdictOf(detect(call, { timeoutMilliseconds: 7000 }))).toMatchObject({
      farEndType: 'LIVE',
      kind: 'business_greeting',
    });
  });

  it.each([
    ['the same again', recording('hello')],
    ['the same again, faster and softer', resampled(recording('hello'), 1.1, 0.4)],
    ['the same again, slower and louder', resampled(recording('hello'), 0.94, 1.6)],
  ])('is LIVE after a shorter silence when the callee says %s', (_, again) => {
    const { silenceMs, evidence } = detectAfterHello(again);
    expect(silenceMs).toBeLessThan(700);
    expect(evidence).toMatch(/^0\.\d s of speech, said twice, then 0\.\d s of silence$/);
  });

  it('waits longer after another phrase, because a recording may go on', () => {
    expect(detectAfterHello(recording('business').subarray(0, 8 * 700)).silenceMs).toBeGreaterThan(1300);
  });

  it('gives UNKNOWN at the time limit when a long greeting has just paused', () => {
    const spoken = join(silence(300), recording('business'));
    const call = join(spoken, silence(3000));
    const timeoutMilliseconds = Math.round(spoken.length / 80) * 10 + 400;
    expect(verdictOf(detect(call, { timeoutMilliseconds }))).toMatchObject({
      farEndType: 'UNKNOWN',
      kind: 'undecided',
    });
  });

  it('calls a callee who talks through the time limit an answering machine', () => {
    expect(verdictOf(detect(greeting))).toMatchObject({ farEndType: 'ANSWER_MACHINE', kind: 'voicemail' });
  });

  it('calls a short greeting and a beep an answering machine', () => {
    const call = join(silence(300), recording('hello'), silence(200), tone(400, 1000), silence(3000));
    expect(verdictOf(detect(call))).toMatchObject({
      farEndType: 'ANSWER_MACHINE',
      evidence: 'the beep of an answering machine',
    });
  });

  it.each([
    ['2100 Hz', join(silence(500), tone(2500, 2100)), 'fax_called'],
    [
      '2100 Hz with phase reversals',
      join(...Array.from({ length: 6 }, (_, n) => tone(450, 2100).map((v) => (n % 2 ? -v : v)))),
      'fax_called',
    ],
    ['V.21', join(silence(500), v21(1500), silence(1000)), 'fax_called'],
    ['1100 Hz for half a second', join(silence(500), tone(500, 1100), silence(3000)), 'fax_calling'],
  ])('calls %s a fax', (_, call, kind) => {
    expect(verdictOf(detect(call))).toMatchObject({ farEndType: 'FAX_MACHINE', kind });
  });

  it.each([
    ['silence', silence(6000), 'silence'],
    ['steady noise', noise(6000, 600), 'noise'],
    ['ringing alone', join(tone(1000, 425), silence(4000), tone(1000, 425)), 'ringback_only'],
    [
      'a busy tone',
      join(...Array.from({ length: 10 }, () => join(tone(500, 480, 620), silence(500)))),
      'busy_tone',
    ],
  ])('gives UNKNOWN for %s', (_, call, kind) => {
    expect(verdictOf(detect(call))).toMatchObject({ farEndType: 'UNKNOWN', kind });
  });

  it('calls special information tones a carrier announcement', () => {
    const sit = join(silence(300), tone(274, 985.2), tone(274, 1370.6), tone(380, 1776.7), silence(2000));
    expect(verdictOf(detect(sit))).toMatchObject({
      farEndType: 'ANSWER_MACHINE',
      kind: 'carrier_announcement',
    });
  });

  it('revises LIVE when a beep follows', () => {
    const events = detect(join(hello.subarray(0, 3 * 8000), tone(500, 1400), silence(2000)));
    expect(verdictOf(events).farEndType).toBe('LIVE');
    const revised = events.filter((event) => event.type === 'revised');
    expect(revised).toHaveLength(1);
    expect(revised[0]).toMatchObject({ verdict: { farEndType: 'ANSWER_MACHINE' } });
  });

  it('does not revise LIVE when the person says hello again', () => {
    const events = detect(join(hello.subarray(0, 3 * 8000), recording('hello'), silence(4000)));
    expect(verdictOf(events).farEndType).toBe('LIVE');
    expect(events.filter((event) => event.type === 'revised')).toEqual([]);
  });
});

describe('the time limit', () => {
  const rings = join(tone(2000, 440, 480), silence(4000), tone(2000, 440, 480), silence(1000), hello);

  it('is never exceeded', () => {
    for (const timeoutMilliseconds of [500, 1234, 3000])
      expect(verdictOf(detect(noise(5000, 400), { timeoutMilliseconds })).decidedAfterMs).toBeLessThanOrEqual(
        timeoutMilliseconds,
      );
  });

  it('includes ringing after the connect by default', () => {
    expect(verdictOf(detect(rings))).toMatchObject({ farEndType: 'UNKNOWN', kind: 'ringback_only' });
  });

  it('does not include ringing in TIMEOUT_FROM_ANSWER_DETECT', () => {
    const verdict = verdictOf(detect(rings, { mode: 'TIMEOUT_FROM_ANSWER_DETECT' }));
    expect(verdict).toMatchObject({ farEndType: 'LIVE' });
    expect(verdict.decidedAfterMs).toBeGreaterThan(9000);
  });

  it.each([
    ['a packet', 20],
    ['three packets', 60],
    ['five packets', 100],
  ])('does not include ringing that loses %s per burst, which is neither speech nor a beep', (_, lostMs) => {
    for (const atMs of [40, 120, 200, 280, 360]) {
      const burst = tone(400, 400, 450);
      burst.fill(0, atMs * 8, (atMs + lostMs) * 8);
      const ring = join(burst, silence(200), burst, silence(2000));
      const events = detect(join(ring, ring, hello), {
        mode: 'TIMEOUT_FROM_ANSWER_DETECT',
        timeoutMilliseconds: 4000,
      });
      expect(verdictOf(events), `lost at ${atMs} ms`).toMatchObject({ farEndType: 'LIVE' });
      expect(verdictOf(events).decidedAfterMs, `lost at ${atMs} ms`).toBeGreaterThan(6000);
    }
  });

  it('gives UNKNOWN when the stream stops before there is a verdict', () => {
    const detector = new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 5000, onEvent: () => {} });
    detector.push(silence(1000));
    expect(detector.verdict).toBeNull();
    expect(detector.end()).toMatchObject({ farEndType: 'UNKNOWN', kind: 'hung_up', decidedAfterMs: 1000 });
  });
});

describe('input', () => {
  const make = (sampleRate?: number, timeoutMilliseconds = 5000) =>
    new SpeakerDetector({
      mode: 'DEFAULT',
      timeoutMilliseconds,
      onEvent: () => {},
      ...(sampleRate && { sampleRate }),
    });

  it('is rejected when it is empty, of odd length or another sample rate, or the time limit is out of range', () => {
    expect(() => make().push(new Int16Array(0))).toThrow(LsdInputError);
    expect(() => make().pushBytes(new Uint8Array(0))).toThrow('no samples');
    expect(() => make().pushBytes(new Uint8Array(321))).toThrow(
      '321 bytes: 16-bit samples need an even number of bytes',
    );
    expect(() => make(16_000)).toThrow('sampleRate 16000 is not supported: only 8000 is');
    expect(() => make(8000, 499)).toThrow('499');
  });

  it('gives the same events however it is divided, as samples and as bytes', () => {
    const call = join(hello.subarray(0, 20_000), tone(300, 900), silence(1500));
    const whole = detect(call);
    const cuts = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (lengths, isBytes) => {
        const events: unknown[] = [];
        const detector = new SpeakerDetector({
          mode: 'DEFAULT',
          timeoutMilliseconds: 5000,
          onEvent: (event) => events.push(event),
        });
        for (let at = 0, n = 0; at < call.length; n++) {
          const part = call.slice(at, at + (lengths[n % lengths.length] as number));
          if (isBytes) detector.pushBytes(new Uint8Array(part.buffer));
          else detector.push(part);
          at += part.length;
        }
        detector.end();
        expect(events).toEqual(whole);
      }),
      { numRuns: 20, seed: 7 },
    );
  });
});
