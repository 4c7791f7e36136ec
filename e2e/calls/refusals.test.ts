import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  await stack.startWorker({
    telephony: {
      ...stack.configuration().telephony,
      allowedSipHosts: ['127.0.0.1', '*.invalid'],
      trunks: [
        {
          name: 'uk',
          address: stack.callees.sipAddress,
          prefixes: ['+44', '44'],
          callerIds: ['+441632960999'],
        },
        { name: 'nowhere', address: 'no-such-host.invalid', prefixes: ['+33'], callerIds: 'any' },
      ],
    },
  });
});
afterAll(() => stack.close());

describe('a job that may not be dialled ends with a clear error', () => {
  it.each([
    ['NO_TRUNK', 'a number that no trunk takes', { callTo: 'tel:+15550100000', callFrom: '+441632960999' }],
    [
      'NO_TRUNK',
      'a trunk that is not configured',
      { callTo: 'tel:+441632960002', callFrom: '+441632960999', trunk: 'other' },
    ],
    ['NO_TRUNK', 'a SIP host that is not allowed', { callTo: 'sip:someone@example.org' }],
    [
      'CALLER_ID_REFUSED',
      'a caller id that the trunk does not allow',
      { callTo: 'tel:+441632960002', callFrom: '+15550100000' },
    ],
    ['UNRESOLVABLE_HOST', 'a host without an address', { callTo: 'sip:someone@no-such-host.invalid' }],
    [
      'UNRESOLVABLE_HOST',
      'a trunk without an address',
      { callTo: 'tel:+33155501000', callFrom: '+441632960999' },
    ],
  ])('%s: %s', async (code, _why, job) => {
    const result = await stack.call(job);
    expect(result).toMatchObject({ state: 'ERROR', cause: 'ERROR', callId: null, error: { code } });
    expect(result.error?.message.length).toBeGreaterThan(20);
  });

  it('EXPIRED: a job past its expiresAt', async () => {
    const result = await stack.call({ callTo: 'sip:human@lab', expiresAt: 1 });
    expect(result).toMatchObject({ state: 'ERROR', callId: null, error: { code: 'EXPIRED' } });
  });

  it('and none of them was dialled', () => {
    expect(stack.callees.log.entries.filter(({ method }) => method === 'INVITE')).toEqual([]);
  });
});
