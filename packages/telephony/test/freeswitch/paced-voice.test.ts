import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PacedVoice } from '../../src/freeswitch/paced-voice.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A voice that says 1, 2, 3, ... and what it was sent to FreeSWITCH as, by frames. */
function begin() {
  let said = 0;
  const sent: number[] = [];
  const voice = new PacedVoice((frame) => {
    said += 1;
    frame.fill(said);
  });
  const send = (pcm: Int16Array) => sent.push(...pcm.filter((_, n) => n % 160 === 0));
  const start = () => voice.begin({ send, end: () => undefined });
  /** FreeSWITCH gives so many frames, each in its time. */
  const pass = (frames: number) => {
    for (let n = 0; n < frames; n++) {
      vi.advanceTimersByTime(20);
      voice.tick(160);
    }
  };
  return { voice, sent, start, pass };
}

const AHEAD = Array.from({ length: 8 }, () => 0);

it('begins with the silence that FreeSWITCH waits for, and says nothing before', () => {
  const { sent, start, pass } = begin();
  pass(3);
  expect(sent).toEqual([]);
  start();
  pass(3);
  expect(sent).toEqual([...AHEAD, 1, 2, 3]);
});

it('gives a frame for each, however they are cut', () => {
  const { voice, sent, start } = begin();
  start();
  voice.tick(100);
  expect(sent).toEqual(AHEAD);
  vi.advanceTimersByTime(60);
  voice.tick(380);
  expect(sent).toEqual([...AHEAD, 1, 2, 3]);
});

it('does not answer what FreeSWITCH has kept until it was connected', () => {
  const { voice, sent, start, pass } = begin();
  start();
  for (let n = 0; n < 4; n++) voice.tick(160);
  expect(sent).toEqual([...AHEAD, 1]);
  pass(2);
  expect(sent).toEqual([...AHEAD, 1, 2, 3]);
});

it('makes up for 100 ms that were late, and not for more, which would be heard late for ever', () => {
  const { voice, sent, start, pass } = begin();
  start();
  pass(1);
  vi.advanceTimersByTime(1000);
  for (let n = 0; n < 50; n++) voice.tick(160);
  expect(sent).toEqual([...AHEAD, 1, 2, 3, 4, 5, 6]);
  pass(2);
  expect(sent.slice(-2)).toEqual([7, 8]);
});

it('follows a clock that is a little faster', () => {
  const { voice, sent, start } = begin();
  start();
  const frames = 50 * 3600;
  for (let n = 0; n < frames; n++) {
    vi.advanceTimersByTime(19.995);
    voice.tick(160);
  }
  expect(sent).toHaveLength(AHEAD.length + frames);
});

it('is played out some frames after its last, or when none come any more', async () => {
  const { voice, start, pass } = begin();
  start();
  let isOver = false;
  void voice.playedOut().then(() => {
    isOver = true;
  });
  pass(15);
  await Promise.resolve();
  expect(isOver).toBe(false);
  pass(1);
  await vi.waitFor(() => expect(isOver).toBe(true));
  const stalled = voice.playedOut();
  await vi.advanceTimersByTimeAsync(2000);
  await stalled;
});
