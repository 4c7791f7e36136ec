import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callees } from '../../src/callees/callees.js';
import { Caller } from './caller.js';

let callees: Callees;
let caller: Caller;

beforeAll(async () => {
  callees = await Callees.start();
  caller = await Caller.start(callees.sipAddress);
});

afterAll(async () => {
  await caller.stop();
  await callees.close();
});

/**
 * What the callees logged of these calls: how many of each request and final response, an ACK counted once a
 * call.
 */
function tally(prefix: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const acknowledged = new Set<string>();
  for (const { callId, direction, method, status } of callees.log.entries) {
    if (!callId.startsWith(prefix) || (method === 'ACK' && acknowledged.has(callId))) continue;
    if (method === 'ACK') acknowledged.add(callId);
    const what = [direction, method, status].join(' ').trim();
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

describe('under load', () => {
  it('500 calls at once are refused, each exactly once', async () => {
    const statuses = Array.from({ length: 500 }, async (_, i) => {
      const invite = caller.agent.invite({ uri: caller.uri('busy'), callId: `busy-${i}` });
      return (await invite.outcome).kind;
    });
    expect(new Set(await Promise.all(statuses))).toEqual(new Set(['refused']));
    for (const i of statuses.keys()) {
      await callees.log.waitFor(({ callId, method }) => callId === `busy-${i}` && method === 'ACK');
    }
    expect(tally('busy-')).toEqual({ 'in INVITE': 500, 'out INVITE 486': 500, 'in ACK': 500 });
  });

  it('200 calls are up at once, and each is sent every frame of its audio', async () => {
    const FRAMES = 40;
    const calls = await Promise.all(
      Array.from({ length: 200 }, (_, i) => caller.call('mute', { callId: `mute-${i}` })),
    );
    expect(callees.callCount).toBe(200);
    const heard = await Promise.all(calls.map((call) => call.heard(0, FRAMES * 20)));
    expect(heard.map((pcm) => pcm.length)).toEqual(heard.map(() => FRAMES * 160));
    const byes = await Promise.all(calls.map(({ dialog }) => dialog.bye()));
    expect(new Set(byes.map((bye) => bye?.status))).toEqual(new Set([200]));
    expect(callees.callCount).toBe(0);
    expect(tally('mute-')).toEqual({
      'in INVITE': 200,
      'out INVITE 200': 200,
      'in ACK': 200,
      'in BYE': 200,
      'out BYE 200': 200,
    });
  });
});
