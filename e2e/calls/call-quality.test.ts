import type { EndedRecord } from '@outdial/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const isOwnMedia = process.env.OUTDIAL_TEST_MEDIA === 'worker';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.close());

it('the ended record tells the quality of the audio, where the worker made it', async () => {
  const { jobId } = await stack.call({
    callTo: 'sip:human@lab',
    onAnswered: { otherwise: [{ step: 'play', source: 'tone_stream://%(1000,0,440)' }] },
  });
  const { ended } = await stack.event(jobId, 'ended');
  expect(ended).toMatchObject({ endedBy: 'PLAN', steps: [{ step: 'play', outcome: 'finished' }] });
  const measured: EndedRecord['quality'] = {
    packetsReceived: expect.toSatisfy((count: number) => count > 10),
    packetsSent: expect.toSatisfy((count: number) => count >= 50),
    packetsLost: expect.any(Number),
    jitterMs: expect.any(Number),
    roundTripMs: null,
    mos: expect.toSatisfy((mos: number) => mos > 1),
  };
  expect(ended.quality).toEqual(isOwnMedia ? measured : null);
});
