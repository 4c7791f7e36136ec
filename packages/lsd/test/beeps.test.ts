import { join, loadPrompts, mix, noise, recording, silence, tone } from '@outdial/testkit/sounds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LsdEvent, SignalEvent } from '../src/index.js';
import { detect, verdictOf } from './detect.js';
import { impair } from './impairments.js';

/** The measured length of a tone in noise is off by up to this much. */
const EDGE_MS = 30;
const SAME_HZ = 12;
const AMPLITUDE = 8000;

function beepsIn(events: readonly LsdEvent[]): SignalEvent[] {
  return events.flatMap((event) => (event.type === 'beep' ? [event as SignalEvent] : []));
}

/** White noise whose power is `snrDb` below that of a tone of `count` frequencies. */
function noiseBelow(ms: number, count: number, snrDb: number): Int16Array {
  const toneRms = AMPLITUDE / Math.sqrt(2 * count);
  // The samples of `noise` are uniformly distributed up to twice its mean amplitude.
  return noise(ms, (toneRms / 10 ** (snrDb / 20)) * (Math.sqrt(3) / 2));
}

interface BeepCall {
  frequencies: number[];
  ms: number;
  snrDb: number;
  spoken: 'hello' | 'business' | null;
  gapMs: number;
}

/** Frequencies that are closer together than this are one beating tone. */
const APART_HZ = 150;
const frequencies = fc.oneof(
  fc.tuple(fc.integer({ min: 400, max: 2000 })),
  fc
    .tuple(fc.integer({ min: 400, max: 2000 }), fc.integer({ min: 400, max: 2000 }))
    .filter(([one, other]) => Math.abs(one - other) >= APART_HZ),
);
const beepCall: fc.Arbitrary<BeepCall> = fc
  .record({
    frequencies: frequencies.map((hz) => [...hz].sort((a, b) => a - b)),
    ms: fc.integer({ min: 180, max: 1000 }),
    snrDb: fc.integer({ min: 10, max: 30 }),
    spoken: fc.constantFrom('hello' as const, 'business' as const, null),
    gapMs: fc.integer({ min: 200, max: 1500 }),
  })
  .filter((call) => !isFaxData(call) && (call.spoken !== null || !isSignalByItself(call)));

/** Two tones in the band of V.21 resemble the data of a fax. */
function isFaxData({ frequencies }: BeepCall): boolean {
  return frequencies.length === 2 && frequencies.every((hz) => hz > 1500);
}

/**
 * Without speech before it, such a tone is ringing, or the calling tone of a fax (1100 Hz for half a second).
 */
function isSignalByItself({ frequencies, ms }: BeepCall): boolean {
  const isRinging = frequencies.every((hz) => hz >= 370 && hz <= 505);
  const isFax = frequencies.length === 1 && frequencies.every((hz) => hz > 1050 && hz < 1150);
  return isRinging || (isFax && ms > 350 && ms < 700);
}

function soundOf({ frequencies, ms, snrDb, spoken, gapMs }: BeepCall): Int16Array {
  const speech = spoken === null ? silence(0) : recording(spoken);
  const call = join(silence(200), speech, silence(gapMs), tone(ms, ...frequencies), silence(1500));
  return mix(call, noiseBelow(call.length / 8, frequencies.length, snrDb));
}

describe('beeps', () => {
  it('of 180 ms to 1 s and 400 to 2000 Hz, single or dual, are detected once each at 10 dB or better', () => {
    const calls = fc.sample(beepCall, { numRuns: 150, seed: 11 });
    const missed = calls.filter((call) => {
      const beeps = beepsIn(detect(soundOf(call)));
      expect(beeps.length, JSON.stringify(call)).toBeLessThan(2);
      for (const beep of beeps) {
        expect(Math.abs(beep.durationMs - call.ms), JSON.stringify(call)).toBeLessThanOrEqual(EDGE_MS);
        for (const [n, hz] of call.frequencies.entries())
          expect(Math.abs((beep.frequencies[n] ?? 0) - hz), JSON.stringify(call)).toBeLessThan(SAME_HZ);
      }
      return beeps.length === 0;
    });
    expect(missed).toEqual([]);
  });

  it.each([[[400]], [[850]], [[1400]], [[2000]], [[500, 1000]], [[1000, 1500]], [[620, 900]], [[697, 1209]]])(
    'of %j Hz and 180 ms are detected at 10 dB, quiet or loud',
    (hz) => {
      for (const gain of [0.25, 0.5, 2]) {
        const call = soundOf({ frequencies: hz, ms: 180, snrDb: 10, spoken: 'business', gapMs: 700 });
        const beeps = beepsIn(detect(call.map((sample) => Math.max(-32768, Math.min(32767, sample * gain)))));
        expect(beeps, `gain ${gain}`).toHaveLength(1);
      }
    },
  );

  it.each(['silence', 'repeat'] as const)(
    'are detected once when one packet in ten is lost (%s)',
    (concealment) => {
      const spoken = join(silence(300), recording('business'), silence(500));
      for (const hz of [425, 850, 1400, 1900])
        for (const lostAt of [2, 5, 8]) {
          const call = join(spoken, tone(500, hz), silence(1500));
          const first = Math.floor(spoken.length / 160) + lostAt;
          const line = { gainDb: 0, offset: 0, codec: 'alaw', clickMs: null } as const;
          const beeps = beepsIn(detect(impair(call, { ...line, lost: [first, first + 10], concealment })));
          expect(beeps, `${hz} Hz, packet ${lostAt}`).toHaveLength(1);
        }
    },
  );

  it('are detected over the hum of a line that goes on after them', () => {
    const hum = tone(6000, 150, 450).map((sample) => sample * 0.01);
    const call = join(silence(300), recording('business'), silence(500), tone(400, 1300), silence(1500));
    expect(beepsIn(detect(mix(hum, call)))).toHaveLength(1);
  });

  it('of 1100 Hz are not taken for a fax after a much quieter voice', () => {
    const voice = recording('business').map((sample) => sample * 0.12);
    const call = join(silence(300), voice, silence(300), tone(500, 1100), silence(3000));
    const events = detect(call, { timeoutMilliseconds: 7000 });
    expect(beepsIn(events)).toHaveLength(1);
    expect(verdictOf(events)).toMatchObject({ farEndType: 'ANSWER_MACHINE' });
  });

  it('are not detected in speech', async () => {
    for (const name of ['hello', 'greeting', 'business'] as const)
      expect(beepsIn(detect(join(recording(name), silence(500))))).toEqual([]);
    const prompts = await loadPrompts();
    for (const name of [
      'hello-3',
      'name-1',
      'voicemail',
      'voicemail-no-beep',
      'voicemail-short',
      'busy-room',
    ] as const)
      expect(beepsIn(detect(join(prompts[name], silence(1500)))), name).toEqual([]);
  });

  it.each([
    ['plucked', 3],
    ['held', 0.3],
  ])('are not detected in a melody of %s notes, alone or behind a voice', (_, decayPerSecond) => {
    const melody = playMelody(decayPerSecond);
    const behind = mix(
      join(silence(500), recording('business'), silence(6000)),
      melody.map((v) => v * 0.15),
    );
    expect(beepsIn(detect(join(melody, silence(1500))))).toEqual([]);
    expect(beepsIn(detect(behind))).toEqual([]);
  });
});

/** Eight seconds of music in two voices. Each note has a fundamental and the harmonics of a string. */
function playMelody(decayPerSecond: number): Int16Array {
  const C4 = 261.63;
  const degrees = [0, 4, 7, 12, 11, 7, 9, 5, 2, 7, 4, 0, 5, 9, 12, 16];
  const samples = new Float64Array(8 * 8000);
  const play = (semitone: number, from: number, length: number) => {
    for (let n = 0; n < length && from + n < samples.length; n++) {
      const seconds = n / 8000;
      const level = 2500 * Math.min(1, n / 80) * Math.exp(-decayPerSecond * seconds);
      let sum = 0;
      for (let harmonic = 1; harmonic <= 6; harmonic++) {
        const hz = C4 * 2 ** (semitone / 12) * harmonic;
        if (hz < 3800) sum += Math.sin(2 * Math.PI * hz * seconds) / harmonic;
      }
      samples[from + n] = (samples[from + n] as number) + level * sum;
    }
  };
  for (const [n, degree] of degrees.entries()) {
    play(degree + 12, n * 4000, 4400);
    if (n % 2 === 0) play((degrees[(n + 5) % degrees.length] as number) - 12, n * 4000, 8400);
  }
  return Int16Array.from(samples, (value) => Math.round(value));
}
