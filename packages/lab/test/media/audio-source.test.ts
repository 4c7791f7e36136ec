import { describe, expect, it } from 'vitest';
import {
  type AudioSource,
  fromPcm,
  looped,
  mixInto,
  sequence,
  silence,
} from '../../src/media/audio-source.js';

function drain(source: AudioSource, frame: number, most = 1000): number[] {
  const all: number[] = [];
  while (all.length < most) {
    const part = source.next(frame);
    all.push(...part);
    if (part.length < frame) break;
  }
  return all;
}

describe('audio sources', () => {
  it.each([1, 3, 7, 160])('join without a gap at any frame size (%i samples)', (frame) => {
    const joined = sequence(fromPcm(Int16Array.of(1, 2, 3)), silence(0.25), fromPcm(Int16Array.of(4, 5)));
    expect(drain(joined, frame)).toEqual([1, 2, 3, 0, 0, 4, 5]);
  });

  it('say that they have ended by giving less than asked for, for ever after', () => {
    const source = sequence(fromPcm(Int16Array.of(1)));
    expect([...source.next(2)]).toEqual([1]);
    expect(source.next(2)).toHaveLength(0);
    expect(source.next(2)).toHaveLength(0);
  });

  it('loop across their end, from any start', () => {
    expect(drain(looped(Int16Array.of(1, 2, 3), 2), 2, 8)).toEqual([3, 1, 2, 3, 1, 2, 3, 1]);
    expect(drain(looped(Int16Array.of(1, 2)), 5, 5)).toEqual([1, 2, 1, 2, 1]);
  });

  it('clip instead of wrapping when mixed', () => {
    const target = Int16Array.of(30_000, -30_000, 5);
    mixInto(target, Int16Array.of(10_000, -10_000));
    expect([...target]).toEqual([32_767, -32_768, 5]);
  });
});
