import { join, recording, silence, tone } from '@outdial/testkit/sounds';
import { describe, expect, it } from 'vitest';
import { SpeakerDetector, type WaitForAnswerMachineOptions, type WaitOutcome } from '../src/index.js';
import { humming } from './impairments.js';

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
  it('ends one second after a beep', () => {
    const outcome = wait(join(speech, silence(600), tone(300, 1000), silence(3000)));
    expect(outcome).toMatchObject({ trigger: 'beep', isReady: true });
    expect(Math.abs((outcome?.atMs ?? 0) - (speechMs + 600 + 300 + 1000))).toBeLessThan(60);
  });

  it('ends after four seconds of silence without a beep', () => {
    const outcome = wait(join(speech, silence(5000)));
    expect(outcome).toMatchObject({ trigger: 'silence', isReady: true });
    expect(Math.abs((outcome?.atMs ?? 0) - (speechMs + 4000))).toBeLessThan(400);
  });

  it('treats the hum of a line as silence', () => {
    const call = humming(join(speech, silence(6000)), [200, 400]);
    expect(wait(call)).toMatchObject({ trigger: 'silence', isReady: true });
  });

  it('ignores tones shorter than the minimum length of a beep', () => {
    const call = join(speech, silence(600), tone(120, 1000), silence(5000));
    expect(wait(call)).toMatchObject({ trigger: 'silence' });
  });

  it('uses the durations of the options', () => {
    const call = join(speech, silence(600), tone(120, 1000), silence(5000));
    expect(wait(call, { millisecondsNoBeepSilence: 2000 })?.atMs).toBeLessThan(speechMs + 600 + 120 + 2400);
  });

  it('goes on through further speech when there is no time limit', () => {
    const call = join(speech, silence(3000), speech, silence(3000), speech, silence(5000));
    const outcome = wait(call, { secondsTimeout: null });
    expect(outcome).toMatchObject({ trigger: 'silence' });
    expect(Math.abs((outcome?.atMs ?? 0) - (3 * speechMs + 6000 + 4000))).toBeLessThan(400);
  });

  it('does not end after a beep that is followed by speech', () => {
    const call = join(speech, silence(600), tone(300, 1000), silence(300), recording('hello'), silence(5000));
    expect(wait(call, { secondsTimeout: null })).toMatchObject({ trigger: 'silence' });
  });

  it('counts a beep shortly before its start', () => {
    const detector = new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 5000, onEvent: () => {} });
    const outcomes: WaitOutcome[] = [];
    detector.push(join(speech, silence(600), tone(300, 1000), silence(400)));
    detector.waitForAnswerMachine({}, (outcome) => outcomes.push(outcome));
    detector.push(silence(1500));
    expect(outcomes).toMatchObject([{ trigger: 'beep' }]);
    expect(Math.abs((outcomes[0]?.atMs ?? 0) - (speechMs + 600 + 300 + 1000))).toBeLessThan(60);
  });

  it('may run several times at once', () => {
    const detector = new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 5000, onEvent: () => {} });
    const ends: string[] = [];
    detector.waitForAnswerMachine({ secondsTimeout: 1 }, ({ trigger }) => ends.push(`first: ${trigger}`));
    detector.waitForAnswerMachine({}, ({ trigger }) => ends.push(`second: ${trigger}`));
    detector.push(join(speech, silence(600), tone(300, 1000), silence(2000)));
    expect(ends).toEqual(['first: timeout', 'second: beep']);
  });

  it('ends with a timeout at the time limit', () => {
    const call = join(recording('greeting'), recording('greeting'));
    expect(wait(call, { secondsTimeout: 3 })).toEqual({ trigger: 'timeout', isReady: false, atMs: 3000 });
  });
});
