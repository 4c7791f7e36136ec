import { isSignedBy, type Received } from '@outdial/testkit';
import { expect, it } from 'vitest';
import { useWebhooks } from './support.js';

const { gateways, start, receiver, create } = useWebhooks();
const CALLS = 60;
const EVENTS_OF_A_CALL = 5;

/** A number from 0 to 1 of a text and a count, the same in each run. */
function chance(text: string, count: number): number {
  let hash = 2_166_136_261 ^ count;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 16_777_619);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

it('a receiver that fails one in three and hangs one in ten gets everything, in order, and nothing of others', async () => {
  const section = { timeoutSeconds: 0.3, concurrency: 50 };
  const [gateway] = [await start(section), await start(section)];
  const attempts = new Map<string, number>();
  const taken: Received[] = [];
  const unreliable = await receiver((got, response) => {
    const { jobId, callTo } = got.message.data;
    const attempt = (attempts.get(got.id) ?? 0) + 1;
    attempts.set(got.id, attempt);
    const luck = chance(`${jobId} ${callTo}`, attempt);
    if (luck < 0.1) return;
    const isTaken = luck > 0.1 + 1 / 3;
    if (isTaken) taken.push(got);
    response.writeHead(isTaken ? 200 : 500).end();
  });
  const reliable = await receiver();
  const one = await create(gateway, { url: unreliable.url });
  const other = await create(gateway, { url: reliable.url, label: 'spring' });
  const expected = new Map<string, string[]>();
  for (let n = 0; n < CALLS * EVENTS_OF_A_CALL; n++) {
    const job = `job-${n % CALLS}`;
    const id = await gateways.happens(job, { callTo: `sip:${n}@b`, ...(n % 7 === 0 && { label: 'spring' }) });
    expected.set(job, [...(expected.get(job) ?? []), `msg_${id}`]);
  }
  const got = () => new Set(taken.map(({ id }) => id)).size;
  await expect.poll(got, { timeout: 50_000 }).toBe(CALLS * EVENTS_OF_A_CALL);
  for (const [job, ids] of expected) {
    const ofJob = taken.filter(({ message }) => message.data.jobId === job).map(({ id }) => id);
    expect([...new Set(ofJob)], job).toEqual(ids);
  }
  expect(attempts.size).toBeLessThan(unreliable.received.length);
  for (const each of unreliable.received) expect(isSignedBy(one.secret, each)).toBe(true);
  for (const each of reliable.received) {
    expect(isSignedBy(other.secret, each)).toBe(true);
    expect(isSignedBy(one.secret, each)).toBe(false);
  }
  expect(new Set(reliable.received.map(({ id }) => id)).size).toBe(43);
});
