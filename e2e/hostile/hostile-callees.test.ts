import { RawCallee } from '@outdial/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { TORTURES } from './tortures.js';

const SECONDS_TIMEOUT = 2;
/** How long our plan keeps an answered call up: requests of the callee come in between. */
const HELD_MS = 700;
/** Below the 32 s of SIP's transaction time-out, and more than a busy machine needs. */
const LATE_MS = 25_000;

let stack: Stack;
let callee: RawCallee;
beforeAll(async () => {
  callee = await RawCallee.start(new Map(TORTURES.map(({ name, script }) => [name, script])));
  stack = await Stack.start({ withWorker: false });
  await stack.startWorker({
    telephony: {
      ...stack.configuration().telephony,
      trunks: [
        {
          name: 'torture',
          address: callee.address,
          callerIds: 'any',
          credentials: { username: 'outdial', password: 'let-me-in' },
        },
      ],
    },
  });
});
afterAll(async () => {
  callee.refuseAll();
  await stack.close();
  callee.stop();
  // Real servers pass some last responses on that drachtio-srf cannot read: those legs are given up after 40
  // s.
}, 60_000);

const areReal = process.env.OUTDIAL_TEST_DRACHTIO !== undefined;
const tortures = TORTURES.filter(({ isFatal = false }) => !(isFatal && areReal));

describe('a callee that speaks SIP', () => {
  it.concurrent.for(tortures)(
    'as $name ends in one result in time, with nothing left up',
    async (torture, { expect }) => {
      const { id } = await stack.queue.add({
        callTo: `sip:${torture.name}@${callee.address}`,
        secondsTimeout: SECONDS_TIMEOUT,
        onAnswered: { otherwise: [{ step: 'hold', milliseconds: HELD_MS }] },
        ...(torture.name.startsWith('challenge') ? { trunk: 'torture' } : {}),
      });
      const result = await stack.inbox.of(id);
      expect(torture.ends).toContain(`${result.state} ${result.error?.code ?? result.cause}`);
      const { callingAt = 0, endedAt = 0 } = result.timings;
      expect(endedAt - callingAt).toBeLessThan(SECONDS_TIMEOUT * 1000 + LATE_MS);
      if (result.state === 'ANSWERED') await stack.event(id, 'ended');
      const call = callee.calls.get(torture.name);
      await expect.poll(() => call?.up, { timeout: 5000 }).toEqual([]);
      if (torture.isAnswered === true) await expect.poll(() => call?.answers.size, { timeout: 5000 }).toBe(1);
      expect(stack.inbox.count(id)).toBe(1);
    },
  );
});
