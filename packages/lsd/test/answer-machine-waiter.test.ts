import { describe, expect, it } from 'vitest';
import { SpeakerDetector, type WaitForAnswerMachineOptions, type WaitOutcome } from '../src/index.js';
import { hear, join, mix, noise, recording, silence, tone } from './sounds.js';

function wait(call: Int16Array, options: WaitForAnswerMachineOptions = {}): WaitOutcome | null {
  const detector = new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 5000, onEvent: () => {} });
  const outcomes: WaitOutcome[] = [];
  detector.waitForAnswerMachine(options, (outcome) => outcomes.push(outcome));
  for (let at = 0; at < call.length; at += 160) detector.push(call.subarray(at, at + 160));
  expect(outcomes.length).toBeLessThan(2);
  return outcomes[0] ?? null;
}

const speech = join(silence(200), recording('hello'));
const speechMs = speech.length / 8;

describe('waitForAnswerMachine', () => {
  it('is ready a second after a beep', () => {
    const outcome = wait(join(speech, silence(600), tone(300, 1000), silence(3000)));
    expect(outcome).toMatchObject({ trigger: 'beep', isReady: true });
    expect(Math.abs((outcome?.atMs ?? 0) - (speechMs + 600 + 300 + 1000))).toBeLessThan(60);
  });

  it('is ready after four seconds of silence without a beep', () => {
    const outcome = wait(join(speech, silence(5000)));
    expect(outcome).toMatchObject({ trigger: 'silence', isReady: true });
    expect(Math.abs((outcome?.atMs ?? 0) - (speechMs + 4000))).toBeLessThan(400);
  });

  it('takes no tone shorter than the shortest beep for one', () => {
    const call = join(speech, silence(600), tone(120, 1000), silence(5000));
    expect(wait(call)).toMatchObject({ trigger: 'silence' });
  });

  it('takes lengths of its own', () => {
    const call = join(speech, silence(600), tone(120, 1000), silence(5000));
    expect(wait(call, { millisecondsNoBeepSilence: 2000 })?.atMs).toBeLessThan(speechMs + 600 + 120 + 2400);
  });

  it('is not ready when its time is over', () => {
    const call = join(recording('greeting'), recording('greeting'));
    expect(wait(call, { secondsTimeout: 3 })).toEqual({ trigger: 'timeout', isReady: false, atMs: 3000 });
  });
});

describe('beeps', () => {
  it.each([
    [180, [400]],
    [250, [850]],
    [400, [1400]],
    [1000, [2000]],
    [300, [500, 1000]],
    [500, [1000, 1500]],
    [300, [620, 900]],
  ])('of %i ms at %j Hz are found in noise 10 dB below them', (ms, frequencies) => {
    // The power of a tone of amplitude 8000, shared among its frequencies, less 10 dB.
    const background = noise(10_000, frequencies.length === 1 ? 1549 : 1095);
    const call = mix(join(speech, silence(700), tone(ms, ...frequencies), silence(1500)), background);
    const beeps = hear(call).flatMap((event) => (event.type === 'beep' ? [event] : []));
    expect(beeps).toHaveLength(1);
    expect(Math.abs((beeps[0]?.durationMs ?? 0) - ms)).toBeLessThanOrEqual(30);
    for (const [n, hz] of frequencies.entries())
      expect(Math.abs((beeps[0]?.frequencies[n] ?? 0) - hz)).toBeLessThan(12);
  });

  it('are not found in speech', () => {
    for (const name of ['hello', 'greeting', 'business'] as const)
      expect(hear(join(recording(name), silence(500))).filter((event) => event.type === 'beep')).toEqual([]);
  });
});
