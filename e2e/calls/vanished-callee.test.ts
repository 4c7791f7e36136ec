import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.close());

it('a callee that sends no more audio is hung up on after silenceHangUpSeconds', async () => {
  const { jobId } = await stack.call({
    callTo: 'sip:vanishes@lab',
    silenceHangUpSeconds: 2,
    onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
  });
  const { ended } = await stack.event(jobId, 'ended');
  expect(ended).toMatchObject({ endedBy: 'SILENCE', error: { code: 'CALLEE_SILENT' } });
});
