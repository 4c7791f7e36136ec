import { join, noise, recording } from '@outdial/testkit/sounds';
import { describe, expect, it } from 'vitest';
import { type LsdEvent, SpeakerDetector } from '../src/index.js';

/** The beginnings and ends of speech that are told, in their order. */
function speechIn(pcm: Int16Array): string[] {
  const told: string[] = [];
  const onEvent = ({ type }: LsdEvent) => {
    if (type === 'speechStarted' || type === 'speechEnded') told.push(type);
  };
  const detector = new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 10_000, onEvent });
  for (let at = 0; at < pcm.length; at += 160) detector.push(pcm.subarray(at, at + 160));
  return told;
}

describe('speech', () => {
  it.each([4, 14, 28, 40])(
    'is not told of the noise of a line (%d) before anybody has spoken',
    (amplitude) => {
      expect(speechIn(noise(8000, amplitude))).toEqual([]);
    },
  );

  it('is told when it begins and ends, also after such noise', () => {
    const call = join(noise(2000, 28), recording('hello'), noise(3000, 28));
    expect(speechIn(call).slice(0, 2)).toEqual(['speechStarted', 'speechEnded']);
  });

  it('is told of a quiet voice', () => {
    const quiet = recording('hello').map((sample) => sample / 10);
    expect(speechIn(join(noise(500, 10), quiet, noise(2000, 10)))[0]).toBe('speechStarted');
  });
});
