import type { CallJobInput } from '@outdial/contract';
import { Bot } from '@outdial/lab';
import { join, recording, silence } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { AudioLine } from '../support/audio-line.js';
import { Recordings } from '../support/recordings.js';
import { Stack } from '../support/stack.js';

const LIMIT_MS = 2000;
const HOLD_MS = 300;

let recordings: Recordings;
let stack: Stack;
const lines: AudioLine[] = [];
let callTo: string;
beforeAll(async () => {
  recordings = await Recordings.create();
  const greeting = join(silence(200), recording('greeting'), recording('greeting'));
  callTo = await recordings.add('greeting', greeting);
  stack = await Stack.start({ withWorker: false, recordingsDir: recordings.dir });
});
afterAll(async () => {
  await stack.close();
  for (const line of lines) await line.close();
  await recordings.close();
});

/** Places a call by a worker with a line of its own; resolves once its audio flows. */
async function callHeard(job: Omit<CallJobInput, 'callTo'>): Promise<{ id: string; line: AudioLine }> {
  const line = await AudioLine.open();
  const lane = `line-${lines.push(line)}`;
  const { telephony } = stack.configuration();
  await stack.startWorker({
    lanes: { [lane]: { concurrency: 1 } },
    telephony: { ...telephony, audioFork: line.audioFork, streams: { allowedHosts: ['127.0.0.1'] } },
  });
  const heard = line.connected();
  const { id } = await stack.queue.add({ ...job, callTo, lane });
  await heard;
  return { id, line };
}

describe.concurrent.each(['DEFAULT', 'TIMEOUT_FROM_ANSWER_DETECT'] as const)('a call with %s', (mode) => {
  it.for([
    ['is cut', (line: AudioLine) => line.cut()],
    ['stays up without delivering anything', (line: AudioLine) => line.holdUp()],
  ] as const)(
    'whose audio %s is UNKNOWN at the time limit, and stays up for its plan',
    async ([, breakIt], { expect }) => {
      const { id, line } = await callHeard({
        liveSpeakerDetect: mode,
        lsdTimeoutMilliseconds: LIMIT_MS,
        onAnswered: { UNKNOWN: [{ step: 'hold', milliseconds: HOLD_MS }] },
      });
      breakIt(line);
      const { result } = await stack.event(id, 'result');
      expect(result).toMatchObject({
        state: 'ANSWERED',
        cause: 'NORMAL',
        farEndType: 'UNKNOWN',
        verdict: { kind: 'hung_up', evidence: 'the audio stopped before there was a verdict' },
      });
      expect(result.timeToVerdictMs).toBeGreaterThanOrEqual(LIMIT_MS - 5);
      expect(result.verdict?.decidedAfterMs).toBeLessThan(LIMIT_MS);
      const { ended } = await stack.event(id, 'ended');
      expect(ended).toMatchObject({ endedBy: 'PLAN', error: null });
      expect(ended.durationMs).toBeGreaterThanOrEqual(LIMIT_MS + HOLD_MS - 5);
    },
  );
});

describe.concurrent('a wait for an answering machine', () => {
  it('ends when the audio does, and the plan hangs up', async ({ expect }) => {
    const { id, line } = await callHeard({
      onAnswered: { otherwise: [{ step: 'waitForAnswerMachine', secondsTimeout: null }] },
    });
    line.cut();
    expect(await stack.event(id, 'waitEnded')).toMatchObject({ trigger: 'unheard', isReady: false });
    expect((await stack.event(id, 'ended')).ended).toMatchObject({ endedBy: 'PLAN' });
  });

  it('ends at its time limit on a line that brings nothing', async ({ expect }) => {
    const { id, line } = await callHeard({
      onAnswered: { otherwise: [{ step: 'waitForAnswerMachine', secondsTimeout: 1 }] },
    });
    line.holdUp();
    expect(await stack.event(id, 'waitEnded')).toMatchObject({ trigger: 'timeout', isReady: false });
  });
});

describe.concurrent('a voice bot', () => {
  it('whose audio is cut fails, and the plan goes on', async ({ expect }) => {
    const bot = await Bot.start();
    const stream = { step: 'stream', url: bot.url } as const;
    const { id, line } = await callHeard({
      onAnswered: { otherwise: [{ ...stream, onFailed: [{ step: 'hold', milliseconds: HOLD_MS }] }] },
    });
    const call = await bot.call();
    await call.event('media');
    line.cut();
    await call.event('stop');
    bot.close();
    expect((await stack.event(id, 'ended')).ended).toMatchObject({
      endedBy: 'PLAN',
      steps: [
        { step: 'stream', outcome: 'failed', error: { code: 'CALLEE_UNHEARD' } },
        { step: 'hold', outcome: 'finished' },
      ],
    });
  });
});
