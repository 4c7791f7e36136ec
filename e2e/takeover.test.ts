import { describe, it } from 'vitest';
import { type CabledWorker, useCabledWorkers } from './cabled-workers.js';
import { jobTo, legOver, legsOf, UNTIL_ENDED } from './legs.js';

/** From a worker's loss until the callee has seen the end of each of its legs. */
const TAKEN_OVER_WITHIN_MS = 10_000;
const WAIT_MS = 25_000;

const scene = useCabledWorkers({ withTaker: true });

/** How a worker is lost to the others, and how it comes back. */
interface Loss {
  name: string;
  lane: string;
  lose: (worker: CabledWorker) => void;
  comeBack: ((worker: CabledWorker) => void) | null;
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
    lose: ({ wires }) => wires.redis.freeze(),
    comeBack: ({ wires }) => wires.redis.mend({ loses: true }),
  },
];

describe.concurrent('a worker that', { timeout: 60_000 }, () => {
  it.for(LOSSES)(
    '$name: its calls are released in 10 s, and have one result each',
    async ({ lane, lose, comeBack }, { expect }) => {
      const { stack, workers } = scene;
      const worker = await workers.start({ lanes: { [lane]: { concurrency: 10 } } });
      const rings = jobTo('no-answer', `${lane}-rings`, { lane });
      // Their own time is over while nobody looks after them.
      const ringsShortly = jobTo('no-answer', `${lane}-rings-shortly`, { lane, secondsTimeout: 2.5 });
      const talks = jobTo('human', `${lane}-talks`, { lane, ...UNTIL_ENDED });
      const atMost = { maxDurationSeconds: 2.5 };
      const talksShortly = jobTo('human', `${lane}-talks-shortly`, { lane, ...UNTIL_ENDED, ...atMost });
      const jobs = [rings, ringsShortly, talks, talksShortly];
      await stack.queue.addBulk(jobs);
      await Promise.all([
        ...[rings, ringsShortly].map(({ id }) => stack.event(id, 'ringing')),
        ...[talks, talksShortly].map(({ id }) => stack.inbox.of(id)),
      ]);
      const lostAtMs = Date.now();
      lose(worker);

      const legs = await Promise.all(jobs.map(({ id }) => legOver(stack, id, WAIT_MS)));
      for (const leg of legs) {
        expect(leg.wasReleased || leg.hasExpired).toBe(true);
        expect((leg.overAtMs ?? Number.POSITIVE_INFINITY) - lostAtMs).toBeLessThan(TAKEN_OVER_WITHIN_MS);
      }
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
        // It is a worker as before: nobody else takes this lane.
        const next = await stack.call(jobTo('busy', `${lane}-next`, { lane }));
        expect(next).toMatchObject({ cause: 'BUSY', error: null });
        expect(await worker.process.end('SIGTERM')).toBe(0);
      }
      expect(jobs.map(({ id }) => stack.inbox.count(id))).toEqual(jobs.map(() => 1));
      expect(jobs.map(({ id }) => legsOf(stack, id).length)).toEqual(jobs.map(() => 1));
    },
  );

  it('is killed while it holds jobs that it has not claimed leaves them to others, which look at expiresAt', async ({
    expect,
  }) => {
    const { stack, workers } = scene;
    const lane = 'unclaimed';
    const lanes = { [lane]: { concurrency: 10 } };
    // Without FreeSWITCH it has nothing to dial with.
    const worker = await workers.start({ lanes }, (wires) => wires.freeswitch.cut());
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
