import type { EarlyMedia, NetworkToneKind } from '@outdial/contract';
import { join, recording, silence, tone } from '@outdial/testkit/sounds';
import { describe, expect, it } from 'vitest';
import { EarlyMediaListener, withEarlyMedia } from '../src/index.js';

/** Bursts of a tone, with gaps: `[onMs, offMs, onMs, offMs]` over and over. */
function cadence(frequencies: number[], rhythm: number[], times: number): Int16Array {
  const period = rhythm.map((ms, n) => (n % 2 === 0 ? tone(ms, ...frequencies) : silence(ms)));
  return join(silence(300), ...Array.from({ length: times }, () => period).flat(), silence(1500));
}

function listen(sound: Int16Array) {
  const told: string[] = [];
  const listener = new EarlyMediaListener({
    onTone: ({ kind }) => told.push(kind),
    onMailbox: () => told.push('mailbox'),
  });
  for (let at = 0; at < sound.length; at += 160) listener.push(sound.subarray(at, at + 160));
  return { told, heard: listener.summary() };
}

const SIT = join(tone(330, 950), tone(330, 1400), tone(330, 1800));

describe('network tones before the answer', () => {
  // ITU-T E.180, Supplement 2.
  it.each<[string, NetworkToneKind, number[], number[]]>([
    ['the United States', 'ringback', [440, 480], [2000, 4000]],
    ['the United Kingdom', 'ringback', [400, 450], [400, 200, 400, 2000]],
    ['Germany', 'ringback', [425], [1000, 4000]],
    ['France', 'ringback', [440], [1500, 3500]],
    ['Japan', 'ringback', [400], [1000, 2000]],
    ['the United States', 'busy', [480, 620], [500, 500]],
    ['the United Kingdom', 'busy', [400], [375, 375]],
    ['Germany', 'busy', [425], [480, 480]],
    ['France', 'busy', [440], [500, 500]],
    ['Austria', 'busy', [420], [300, 300]],
    ['China', 'busy', [450], [350, 350]],
    ['the United States', 'congestion', [480, 620], [250, 250]],
    ['the United Kingdom', 'congestion', [400], [400, 350, 225, 525]],
    ['Germany', 'congestion', [425], [240, 240]],
    ['Belgium', 'congestion', [425], [167, 167]],
    ['Italy', 'congestion', [425], [200, 200]],
    ['Sweden', 'congestion', [425], [250, 750]],
  ])('of %s: %s', (_, kind, frequencies, rhythm) => {
    const { told, heard } = listen(cadence(frequencies, rhythm, 4));
    expect(told).toEqual([kind]);
    expect(heard).toMatchObject({ hasBeeped: false, isMailbox: false, speechMs: 0 });
    expect(heard.tones).toHaveLength(1);
    expect(heard.tones[0]?.frequencies.every((hz) => frequencies.some((f) => Math.abs(f - hz) < 25))).toBe(
      true,
    );
  });

  it.each([
    ['the same three tones everywhere', SIT],
    [
      'those of a vacant number in North America',
      join(tone(380, 985.2), tone(274, 1370.6), tone(380, 1776.7)),
    ],
    ['those of an intercepted number', join(tone(274, 913.8), tone(274, 1370.6), tone(380, 1776.7))],
  ])('tell special information tones: %s', (_, sound) => {
    expect(listen(join(silence(300), sound, silence(500))).told).toEqual(['sit']);
  });

  it('are told in their order, and each once while it goes on', () => {
    const sound = join(cadence([425], [1000, 4000], 2), cadence([425], [480, 480], 8));
    expect(listen(sound).told).toEqual(['ringback', 'busy']);
  });

  it('are counted no longer than sixteen', () => {
    const pair = join(cadence([425], [480, 480], 3), silence(1000), SIT, silence(1000));
    const { told, heard } = listen(join(...Array.from({ length: 10 }, () => pair)));
    expect(told).toHaveLength(16);
    expect(heard.tones).toHaveLength(16);
  });

  it('are none in a greeting', () => {
    expect(listen(join(recording('greeting'), silence(1000))).told).toEqual([]);
  });
});

describe('a mailbox before the answer', () => {
  const greeting = recording('greeting');

  it('is one that greets and beeps', () => {
    const { told, heard } = listen(join(silence(300), greeting, tone(400, 1000), silence(1000)));
    expect(told).toEqual(['mailbox']);
    expect(heard).toMatchObject({ hasBeeped: true, isMailbox: true });
    expect(heard.speechMs).toBeGreaterThan(800);
    expect(heard.heardMs).toBeGreaterThan(greeting.length / 8);
  });

  it.each([
    ['a beep alone', join(silence(2000), tone(400, 1000), silence(3000)), true],
    ['a greeting alone', join(silence(300), greeting, silence(3000)), false],
  ])('is not %s', (_, sound, hasBeeped) => {
    const { told, heard } = listen(sound);
    expect(told).toEqual([]);
    expect(heard).toMatchObject({ hasBeeped, isMailbox: false });
  });
});

describe('a verdict with what was heard before the answer', () => {
  const verdict = {
    farEndType: 'UNKNOWN',
    kind: 'silence',
    confidence: 0.9,
    decidedAfterMs: 5000,
    evidence: 'silence',
  } as const;
  const early: EarlyMedia = { heardMs: 4000, speechMs: 3200, hasBeeped: true, isMailbox: true, tones: [] };

  it('is ANSWER_MACHINE for a mailbox that is silent since', () => {
    expect(withEarlyMedia(verdict, early)).toMatchObject({
      farEndType: 'ANSWER_MACHINE',
      kind: 'voicemail',
      evidence: 'silence; before the answer: 3.2 s of speech, a beep',
    });
  });

  it('keeps what it says of a person, and tells of the rest', () => {
    const live = { ...verdict, farEndType: 'LIVE', kind: 'human' } as const;
    expect(withEarlyMedia(live, early)).toMatchObject({ farEndType: 'LIVE', kind: 'human' });
    const tones = [{ kind: 'busy', atMs: 2000, frequencies: [425] }] as const;
    expect(withEarlyMedia(verdict, { ...early, isMailbox: false, tones }).evidence).toContain('a busy tone');
  });

  it('is the same when only ringing was heard, or nothing', () => {
    const tones = [{ kind: 'ringback', atMs: 2000, frequencies: [425] }] as const;
    const ringing = { ...early, speechMs: 0, hasBeeped: false, isMailbox: false, tones };
    expect(withEarlyMedia(verdict, ringing)).toBe(verdict);
    expect(withEarlyMedia(verdict, null)).toBe(verdict);
  });
});
