import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.close());

const LONG_TONE = 'tone_stream://%(20000,0,440)';
const tone = (milliseconds: number) => `tone_stream://%(${milliseconds},0,440)`;

type Steps = NonNullable<NonNullable<CallJobInput['onAnswered']>['otherwise']>;

/** Calls with these steps, after which the call is hung up; resolves with the ended record. */
async function endedCall(
  callTo: string,
  steps: Steps,
  job: Partial<CallJobInput> = {},
): Promise<EndedRecord> {
  const { id } = await stack.queue.add({ callTo, onAnswered: { otherwise: steps }, ...job });
  return (await stack.event(id, 'ended')).ended;
}

describe('a play', () => {
  it.concurrent('of several sources plays all of them, as often as it says', async () => {
    const source = [tone(100), tone(200)];
    const { steps } = await endedCall('sip:human@lab', [{ step: 'play', source, loop: 2 }]);
    expect(steps).toMatchObject([{ step: 'play', outcome: 'finished', error: null, data: null }]);
    const [{ startedAt, endedAt } = { startedAt: 0, endedAt: 0 }] = steps;
    // Twice 300 ms. That a step began may be told late on a busy machine; once round would take 300 ms.
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(450);
  });

  it.concurrent('without end goes round until its time limit', async () => {
    const { steps } = await endedCall('sip:human@lab', [
      { step: 'play', source: tone(50), loop: null, secondsTimeout: 1 },
    ]);
    expect(steps).toMatchObject([{ outcome: 'timeout', error: { code: 'STEP_TIMEOUT' } }]);
  });

  it.concurrent('fails at the first of its sources that cannot be played, and the plan goes on', async () => {
    const source = [tone(50), '/nowhere/missing.wav', LONG_TONE];
    const { steps } = await endedCall('sip:human@lab', [
      { step: 'play', source, loop: 3 },
      { step: 'hangUp' },
    ]);
    expect(steps).toMatchObject([
      { outcome: 'failed', error: { code: 'PLAY_FAILED', message: expect.stringContaining('missing.wav') } },
      { step: 'hangUp', outcome: 'finished' },
    ]);
  });

  it.concurrent.each(['presses-1', 'presses-by-info'])('is interrupted by a key of %s', async (callee) => {
    const { steps } = await endedCall(`sip:${callee}@lab`, [
      { step: 'play', source: LONG_TONE, interruptOn: 'digit' },
    ]);
    expect(steps).toMatchObject([{ outcome: 'interrupted', error: null, data: { interruptedBy: 'digit' } }]);
  });

  it.concurrent('is not interrupted by a key unless it says so', async () => {
    const { steps } = await endedCall('sip:presses-1@lab', [{ step: 'play', source: tone(2500) }]);
    expect(steps).toMatchObject([{ outcome: 'finished' }]);
  });

  it.concurrent('is interrupted by a callee that speaks', async () => {
    const { steps } = await endedCall('sip:human-twice@lab', [
      { step: 'play', source: LONG_TONE, interruptOn: 'speech' },
    ]);
    expect(steps).toMatchObject([{ outcome: 'interrupted', data: { interruptedBy: 'speech' } }]);
  });

  it.concurrent('is interrupted by speech while live speaker detection listens', async () => {
    const { steps, farEndType } = await endedCall(
      'sip:human-twice@lab',
      [{ step: 'play', source: LONG_TONE, interruptOn: 'speech' }],
      { liveSpeakerDetect: 'DEFAULT' },
    );
    expect(farEndType).toBe('LIVE');
    expect(steps).toMatchObject([{ outcome: 'interrupted', data: { interruptedBy: 'speech' } }]);
  });
});
