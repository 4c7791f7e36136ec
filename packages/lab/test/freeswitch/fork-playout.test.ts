import { describe, expect, test } from 'vitest';
import { ForkPlayout } from '../../src/freeswitch/media/fork-playout.js';

const SILENCE = new Int16Array(160);
const MS = 8;

/** A playout at 8 kHz, and what it told of marks. */
function start(rate = 8000) {
  const marks: string[] = [];
  const playout = new ForkPlayout(rate, (name, event) => marks.push(`${name} ${event}`));
  return {
    playout,
    marks,
    /** So many ms of one value. */
    say: (milliseconds: number, value = 7) => playout.take(bytes(milliseconds * (rate / 1000), value)),
    /** How many ms of a value the next frames have. */
    played: (frames: number, value = 7) => {
      const heard = Array.from({ length: frames }, () => [...playout.dub(SILENCE)]).flat();
      return heard.filter((sample) => sample === value).length / MS;
    },
  };
}

function bytes(samples: number, value: number): Buffer {
  const pcm = new Int16Array(samples).fill(value);
  return Buffer.from(pcm.buffer);
}

describe('what the server sends', () => {
  test('is not played before 160 ms have come, and then in pieces of at least 80 ms', () => {
    const { say, played } = start();
    say(140);
    expect(played(1)).toBe(0);
    say(20);
    expect(played(1)).toBe(20);
    expect(played(10)).toBe(140);
    for (let n = 0; n < 3; n++) say(20);
    expect(played(10)).toBe(0);
    say(20);
    expect(played(10)).toBe(80);
  });

  test('is waited for as long at another rate', () => {
    const { say, played } = start(16_000);
    say(140, 0);
    say(10);
    expect(played(20)).toBe(0);
    say(10);
    expect(played(20)).toBeGreaterThan(15);
  });

  test('may be split anywhere, and is added to what the channel sends', () => {
    const { playout } = start();
    const all = bytes(160 * MS, 7);
    playout.take(all.subarray(0, 1025));
    playout.take(all.subarray(1025));
    expect(new Set(playout.dub(new Int16Array(160).fill(3)))).toEqual(new Set([10]));
    expect(new Set(playout.dub(new Int16Array(160).fill(32_766)))).toEqual(new Set([32_767]));
  });

  test('is dropped by killAudio with the next frame, but for what is still collected', () => {
    const { playout, say, played } = start();
    say(160);
    say(20);
    playout.kill();
    expect(played(10)).toBe(0);
    say(60, 0);
    expect(played(10)).toBe(20);
  });

  test('is dropped by stop_play at once', () => {
    const { playout, say, played } = start();
    say(160);
    playout.stopPlay();
    expect(played(10)).toBe(0);
  });
});

describe('a mark', () => {
  test('is told when what came before it was played', () => {
    const { playout, say, played, marks } = start();
    say(160);
    playout.mark('said');
    say(80);
    played(8);
    expect(marks).toEqual([]);
    played(1);
    expect(marks).toEqual(['said playout']);
  });

  test('is told by a sample of -1 too early', () => {
    const { playout, say, played, marks } = start();
    say(160, -1);
    playout.mark('said');
    say(80);
    played(1);
    expect(marks).toEqual(['said playout']);
  });

  test('is told at once while nothing waits', () => {
    const { playout, played, marks } = start();
    playout.mark('said');
    played(1);
    expect(marks).toEqual(['said playout']);
  });

  test('is told by killAudio, and not again; by clearMarks it is not told', () => {
    const { playout, say, played, marks } = start();
    playout.mark('one');
    say(160);
    playout.kill();
    played(1);
    expect(marks).toEqual(['one cleared']);
    playout.mark('two');
    say(80);
    playout.clearMarks();
    played(10);
    expect(marks).toEqual(['one cleared']);
  });

  test('beyond 30 that wait is dropped', () => {
    const { playout, say, marks } = start();
    for (let n = 0; n < 31; n++) playout.mark(String(n));
    say(160);
    playout.kill();
    playout.dub(SILENCE);
    expect(marks).toHaveLength(30);
  });
});
