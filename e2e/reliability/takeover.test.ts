import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '@outdial/ledger';
import { channelsOf } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { describe, it } from 'vitest';
import { jobTo, legOver, legsOf, UNTIL_ENDED } from '../support/legs.js';
import { type ProxiedWorker, useProxiedWorkers } from '../support/proxied-workers.js';
import { loudMs, readRecorded } from '../support/recorded-file.js';
import type { Stack } from '../support/stack.js';

/** From a worker's loss until the callee has seen the end of each of its legs. */
const WAIT_MS = 25_000;

const scene = useProxiedWorkers({ withTaker: true });

/** How a worker is lost to the others, and how it comes back. */
interface Loss {
  name: string;
  lane: string;
  lose: (worker: ProxiedWorker) => void;
  comeBack: ((worker: ProxiedWorker) => void) | null;
}

const LOSSES: Loss[] = [
  { name: 'is killed', lane: 'killed', lose: ({ process }) => process.signal('SIGKILL'), comeBack: null },
  {
    name: 'is frozen for longer than its lease',
    lane: 'frozen',
    lose: ({ process }) => process.signal('SIGSTOP'),
    comeBack: ({ process }) => process.signal('SIGCONT'),
  },
  {
    name: 'is cut off from Redis, as no other is, for longer than its lease',
    lane: 'cut-off',
    lose: ({ links }) => links.redis.freeze(),
    comeBack: ({ links }) => links.redis.restore({ loses: true }),
  },
];

/** The FreeSWITCH channels of calls, by their uuids, as they are on record. */
async function endpointsOf({ redis }: Stack, jobs: ReadonlyArray<{ id: string }>): Promise<string[]> {
  const connection = new Redis(redis.url);
  try {
    const ledger = new Ledger(connection);
    const entries = await Promise.all(jobs.map(({ id }) => ledger.get(id)));
    return entries.flatMap((entry) => (entry?.legs ?? []).flatMap(({ endpointUuid }) => endpointUuid ?? []));
  } finally {
    connection.disconnect();
  }
}

describe.concurrent('a worker that', { timeout: 60_000 }, () => {
  it.for(LOSSES)(
    '$name: its calls are released, and have one result each',
    async ({ lane, lose, comeBack }, { expect }) => {
      const { stack, workers } = scene;
      const worker = await workers.start({ lanes: { [lane]: { concurrency: 10 } } });
      const rings = jobTo('no-answer', `${lane}-rings`, { lane });
      // Their time limit passes while no worker looks after them; a busy machine must lose the worker before that.
      const ringsShortly = jobTo('no-answer', `${lane}-rings-shortly`, { lane, secondsTimeout: 5 });
      const talks = jobTo('patient', `${lane}-talks`, { lane, ...UNTIL_ENDED });
      const atMost = { maxDurationSeconds: 5 };
      const talksShortly = jobTo('patient', `${lane}-talks-shortly`, { lane, ...UNTIL_ENDED, ...atMost });
      const jobs = [rings, ringsShortly, talks, talksShortly];
      await stack.queue.addBulk(jobs);
      await Promise.all([
        ...[rings, ringsShortly].map(({ id }) => stack.event(id, 'ringing')),
        ...[talks, talksShortly].map(({ id }) => stack.inbox.of(id)),
      ]);
      lose(worker);

      const legs = await Promise.all(jobs.map(({ id }) => legOver(stack, id, WAIT_MS)));
      expect(legs.map(({ wasReleased, hasExpired }) => wasReleased || hasExpired)).toEqual(
        legs.map(() => true),
      );
      const [first, second, third, fourth] = await stack.inbox.ofAll(jobs.map(({ id }) => id));
      for (const result of [first, second])
        expect(result).toMatchObject({ state: 'ERROR', rang: true, error: { code: 'WORKER_LOST' } });
      for (const result of [third, fourth])
        expect(result).toMatchObject({ state: 'ANSWERED', cause: 'NORMAL' });
      for (const { id } of [talks, talksShortly])
        expect(await stack.event(id, 'ended')).toMatchObject({ ended: { endedBy: 'WORKER_LOST' } });

      if (comeBack !== null) {
        comeBack(worker);
        await worker.process.logged('taken for lost');
        // It works as before: no other worker takes this lane.
        const next = await stack.call(jobTo('busy', `${lane}-next`, { lane }));
        expect(next).toMatchObject({ cause: 'BUSY', error: null });
        expect(await worker.process.end('SIGTERM')).toBe(0);
      }
      expect(jobs.map(({ id }) => stack.inbox.count(id))).toEqual(jobs.map(() => 1));
      expect(jobs.map(({ id }) => legsOf(stack, id).length)).toEqual(jobs.map(() => 1));
    },
  );

  it.for(['worker', 'freeswitch'] as const)(
    'is killed while an agent talks, or is rung, on media of %s: every leg is ended, and no agent is rung again',
    async (media, { expect }) => {
      const { stack, workers } = scene;
      const lane = `bridges-${media}`;
      const worker = await workers.start({
        lanes: { [lane]: { concurrency: 10 } },
        telephony: { media },
      });
      const bridgeTo = (agent: string, id: string) =>
        jobTo('patient', id, {
          lane,
          onAnswered: {
            otherwise: [
              { step: 'bridge', to: `sip:${agent}@lab`, headers: { 'X-Job': `${id}-agent` }, ringback: null },
            ],
          },
        });
      const talks = bridgeTo('agent', `${lane}-talks`);
      const rings = bridgeTo('no-answer', `${lane}-rings`);
      const jobs = [talks, rings];
      await stack.queue.addBulk(jobs);
      for (const [{ id }, state] of [[talks, 'BRIDGED'] as const, [rings, 'RINGING'] as const]) {
        for await (const { event } of stack.events.follow({ from: '0', jobId: id })) {
          if (event.type === 'leg' && event.leg.state === state) break;
        }
      }
      const endpoints = await endpointsOf(stack, jobs);
      expect(endpoints).toHaveLength(media === 'freeswitch' ? 4 : 0);
      await worker.process.end('SIGKILL');

      const ids = jobs.flatMap(({ id }) => [id, `${id}-agent`]);
      const legs = await Promise.all(ids.map((id) => legOver(stack, id, WAIT_MS)));
      expect(legs.map(({ wasReleased }) => wasReleased)).toEqual([true, true, true, true]);
      const lost = { cause: 'ERROR', endedBy: 'FAILURE', error: { code: 'WORKER_LOST' } };
      for (const { id } of jobs) {
        const { ended } = await stack.event(id, 'ended');
        expect(ended).toMatchObject({ endedBy: 'WORKER_LOST', legs: [{ state: 'ERROR', ...lost }] });
        const { bridgedAt, callingAt = 0, endedAt } = ended.legs[0]?.timings ?? {};
        expect(bridgedAt !== undefined).toBe(id === talks.id);
        expect(endedAt).toBeGreaterThan(bridgedAt ?? callingAt);
      }
      expect(ids.map((id) => legsOf(stack, id).length)).toEqual([1, 1, 1, 1]);
      // FreeSWITCH keeps channels that are bridged after the end of who has bridged them.
      const left = async () => {
        const channels = await channelsOf(stack.servers.freeswitch);
        return endpoints.filter((uuid) => channels.includes(uuid));
      };
      await expect.poll(left, { timeout: WAIT_MS }).toEqual([]);
    },
  );

  it.for(['worker', 'freeswitch'] as const)(
    'is killed while it records leaves files that can be read, on media of %s, and the ended record says so',
    async (media, { expect }) => {
      const { stack, workers } = scene;
      const lane = `records-${media}`;
      const directory = await mkdtemp(join(tmpdir(), 'outdial-recordings-'));
      const telephony = { media, recordings: { directory } };
      const worker = await workers.start({ lanes: { [lane]: { concurrency: 10 } }, telephony });
      const note = { step: 'record', name: 'note', beep: false, secondsMax: 0.3 } as const;
      const onAnswered = { otherwise: [note, ...UNTIL_ENDED.onAnswered.otherwise] };
      const { id } = await stack.queue.add(jobTo('patient', lane, { lane, recordCall: 'call', onAnswered }));
      const { workerId } = await stack.event(id, 'recordingEnded');
      const path = join(directory, `${id}-call.wav`);
      const bytesOf = async () => (await stat(`${path}.part`)).size;
      await expect.poll(bytesOf, { timeout: WAIT_MS }).toBeGreaterThan(2 * 32_000);
      await worker.process.end('SIGKILL');
      const bytes = await bytesOf();

      const { ended } = await stack.event(id, 'ended');
      expect(ended.workerId).not.toBe(workerId);
      expect(ended.recordings).toEqual([
        {
          ...{ name: 'call', path, workerId, durationMs: null, isComplete: false },
          error: { code: 'WORKER_LOST', message: expect.stringContaining(workerId) },
        },
        {
          ...{ name: 'note', path: join(directory, `${id}-note.wav`), workerId },
          ...{ durationMs: expect.any(Number), isComplete: true, error: null },
        },
      ]);
      const { channels, ms } = await readRecorded(`${path}.part`);
      // All but what was being written: 900 ms, and more where a busy machine came to it late.
      expect(ms).toBeGreaterThan(bytes / 32 - 1500);
      expect(loudMs(channels[0])).toBeGreaterThan(100);
      await rm(directory, { recursive: true });
    },
  );

  it('is killed while it holds jobs that it has not claimed leaves them to others, which look at expiresAt', async ({
    expect,
  }) => {
    const { stack, workers } = scene;
    const lane = 'unclaimed';
    const lanes = { [lane]: { concurrency: 10 } };
    // Without drachtio it has nothing to dial with.
    const worker = await workers.start({ lanes }, (links) => links.drachtio.cut());
    const timely = jobTo('busy', `${lane}-timely`, { lane });
    const late = jobTo('busy', `${lane}-late`, { lane, expiresAt: Date.now() + 5000 });
    await stack.queue.addBulk([timely, late]);
    await expect.poll(() => stack.queue.counts(lane), { timeout: WAIT_MS }).toMatchObject({ active: 2 });
    await worker.process.end('SIGKILL');
    await workers.start({ lanes });
    expect(await stack.inbox.of(timely.id)).toMatchObject({ cause: 'BUSY' });
    expect(await stack.inbox.of(late.id)).toMatchObject({ error: { code: 'EXPIRED' } });
    expect([timely, late].map(({ id }) => legsOf(stack, id).length)).toEqual([1, 0]);
  });
});
