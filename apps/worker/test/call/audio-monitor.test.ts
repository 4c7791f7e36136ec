import type { DetectorEvent } from '@outdial/call-machine';
import type { AudioFrames, ListenResult, OnFrame } from '@outdial/telephony';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { AudioMonitor } from '../../src/call/audio-monitor.js';

const SILENCE = new Int16Array(160);

/** Listens to frames that this test hands over; resolves with the verdict. */
function listening() {
  let onFrame: OnFrame = () => undefined;
  let onLost: () => void = () => undefined;
  const frames: AudioFrames = {
    gives: 'frames',
    listen: (toFrame, _, toLost = () => undefined): Promise<ListenResult> => {
      onFrame = toFrame;
      onLost = toLost;
      return Promise.resolve({ listening: true });
    },
    stopListening: () => undefined,
    measure: () => undefined,
  };
  const events: DetectorEvent[] = [];
  const terms = { liveSpeakerDetect: 'DEFAULT', lsdTimeoutMilliseconds: 1000 } as const;
  const monitor = new AudioMonitor(frames, terms, (event) => events.push(event), pino({ level: 'silent' }));
  monitor.detect();
  return {
    hear: (ms: number) => {
      for (let at = 0; at < ms; at += 20) onFrame(SILENCE);
    },
    lose: () => onLost(),
    verdict: () => events.flatMap((event) => ('verdict' in event ? [event.verdict] : [])).at(0),
    close: () => monitor.close(),
  };
}

it('silence is a verdict of its own', () => {
  const call = listening();
  call.hear(1100);
  expect(call.verdict()).toMatchObject({ farEndType: 'UNKNOWN', kind: 'silence' });
  call.close();
});

it('audio that was lost is evidence, and no silence', () => {
  const call = listening();
  call.hear(300);
  call.lose();
  call.hear(800);
  expect(call.verdict()).toMatchObject({
    farEndType: 'UNKNOWN',
    kind: 'undecided',
    evidence: expect.stringMatching(/^audio was lost; /),
  });
  call.close();
});
