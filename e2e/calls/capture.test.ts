import { CallList } from '@outdial/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
let calls: CallList;
beforeAll(async () => {
  stack = await Stack.start();
  calls = new CallList({ redis: stack.redis.url });
});
afterAll(async () => {
  await calls.close();
  await stack.close();
});

describe('what is captured of a call', () => {
  it('is its SIP messages, and how loud the callee was, for as long as that is asked for', async () => {
    const result = await stack.call({
      id: 'captured',
      callTo: 'sip:voicemail-short@lab',
      callFrom: '+441632960999',
      liveSpeakerDetect: 'DEFAULT',
      capture: { sip: true, heardSeconds: 2 },
    });
    const { ended } = await stack.event('captured', 'ended');
    // It is written together, and never holds the call up.
    await expect.poll(async () => (await calls.captureOf('captured'))?.heard?.peaks.length).toBe(100);
    const { sip = [], heard } = (await calls.captureOf('captured')) ?? {};
    expect(sip.map(({ isSent, text }) => [isSent, text.split(' ')[0]])[0]).toEqual([true, 'INVITE']);
    const { answeredAt = 0 } = result.timings;
    expect(heard?.startedAt).toBeGreaterThan(answeredAt - 1000);
    expect(heard?.startedAt).toBeLessThan(ended.timings.endedAt ?? 0);
    // A mailbox greets in the first two seconds, and pauses.
    expect(Math.max(...(heard?.peaks ?? []))).toBeGreaterThan(10);
    expect(Math.min(...(heard?.peaks ?? []))).toBeLessThan(2);
  });

  it('is nothing where nothing is asked for', async () => {
    await stack.call({ id: 'not-captured', callTo: 'sip:human@lab', liveSpeakerDetect: 'DEFAULT' });
    await stack.event('not-captured', 'ended');
    expect(await calls.captureOf('not-captured')).toBeNull();
  });
});
