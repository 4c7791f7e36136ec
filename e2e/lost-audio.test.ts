import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, recording, silence } from '../packages/lsd/test/sounds.js';
import { AudioLine } from './audio-line.js';
import { Recordings } from './recordings.js';
import { Stack } from './stack.js';

const LIMIT_MS = 2000;
/** What the result may come after the limit: a live line is given some time for audio that is late. */
const GRACE_MS = 1000;
const HOLD_MS = 300;

let recordings: Recordings;
let stack: Stack;
let line: AudioLine;
let callTo: string;
beforeAll(async () => {
  recordings = await Recordings.create();
  const greeting = join(silence(200), recording('greeting'), recording('greeting'));
  callTo = await recordings.add('greeting', greeting);
  stack = await Stack.start({ withWorker: false, recordingsDir: recordings.dir });
  line = await AudioLine.open();
  const { telephony } = stack.configuration();
  await stack.startWorker({ telephony: { ...telephony, audioFork: line.audioFork } });
});
afterAll(async () => {
  await stack.stop();
  await line.close();
  await recordings.remove();
});

/** Places a call; resolves once its audio flows. */
async function callHeard(liveSpeakerDetect: 'DEFAULT' | 'TIMEOUT_FROM_ANSWER_DETECT'): Promise<string> {
  const heard = line.connected();
  const { id } = await stack.queue.add({
    callTo,
    liveSpeakerDetect,
    lsdTimeoutMilliseconds: LIMIT_MS,
    onAnswered: { UNKNOWN: [{ step: 'hold', milliseconds: HOLD_MS }] },
  });
  await heard;
  return id;
}

describe.each(['DEFAULT', 'TIMEOUT_FROM_ANSWER_DETECT'] as const)('a call with %s', (mode) => {
  it.each([
    ['is cut', () => line.cut()],
    ['brings nothing any more, though it is up', () => line.holdUp()],
  ])('whose audio %s is UNKNOWN at the time limit, and stays up for its plan', async (_, breakIt) => {
    const id = await callHeard(mode);
    breakIt();
    const { result } = await stack.event(id, 'result');
    expect(result).toMatchObject({
      state: 'ANSWERED',
      cause: 'NORMAL',
      farEndType: 'UNKNOWN',
      verdict: { kind: 'hung_up', evidence: 'the audio stopped before there was a verdict' },
    });
    expect(result.timeToVerdictMs).toBeGreaterThanOrEqual(LIMIT_MS - 5);
    expect(result.timeToVerdictMs).toBeLessThan(LIMIT_MS + GRACE_MS);
    expect(result.verdict?.decidedAfterMs).toBeLessThan(LIMIT_MS);
    const { ended } = await stack.event(id, 'ended');
    expect(ended).toMatchObject({ endedBy: 'PLAN', error: null });
    expect(ended.durationMs).toBeGreaterThanOrEqual(LIMIT_MS + HOLD_MS - 5);
  });
});

it('a wait for an answering machine ends when the audio does, and the plan hangs up', async () => {
  const heard = line.connected();
  const { id } = await stack.queue.add({
    callTo,
    onAnswered: { otherwise: [{ step: 'waitForAnswerMachine', secondsTimeout: null }] },
  });
  await heard;
  line.cut();
  expect(await stack.event(id, 'waitEnded')).toMatchObject({ trigger: 'unheard', isReady: false });
  expect((await stack.event(id, 'ended')).ended).toMatchObject({ endedBy: 'PLAN' });
});

it('a wait on a line that brings nothing ends at its time limit', async () => {
  const heard = line.connected();
  const { id } = await stack.queue.add({
    callTo,
    onAnswered: { otherwise: [{ step: 'waitForAnswerMachine', secondsTimeout: 1 }] },
  });
  await heard;
  line.holdUp();
  expect(await stack.event(id, 'waitEnded')).toMatchObject({ trigger: 'timeout', isReady: false });
});
