import { describe, it } from 'vitest';
import { jobTo, legOver, legsOf, UNTIL_ENDED } from '../support/legs.js';
import { useProxiedWorkers } from '../support/proxied-workers.js';

const WAIT_MS = 25_000;

const scene = useProxiedWorkers({ withTaker: false });

describe.concurrent('a worker that is told to stop', { timeout: 60_000 }, () => {
  it('lets calls go on, takes no more, and hangs up at once when it is told again', async ({ expect }) => {
    const { stack, workers } = scene;
    const lane = 'told-twice';
    const { process } = await workers.start({ lanes: { [lane]: { concurrency: 10 } }, drainSeconds: 60 });
    const rings = jobTo('no-answer', `${lane}-rings`, { lane });
    const talks = jobTo('patient', `${lane}-talks`, { lane, ...UNTIL_ENDED });
    // Ends by itself 2 s after the first signal, or later.
    const ringsShortly = jobTo('no-answer', `${lane}-rings-shortly`, { lane, secondsTimeout: 2 });
    await stack.queue.addBulk([rings, talks]);
    await Promise.all([stack.event(rings.id, 'ringing'), stack.inbox.of(talks.id)]);
    await stack.queue.add(ringsShortly);
    await stack.event(ringsShortly.id, 'calling');
    process.signal('SIGTERM');
    await process.logged('"draining"');
    const { id: late } = await stack.queue.add(jobTo('busy', `${lane}-late`, { lane }));

    expect(await stack.inbox.of(ringsShortly.id)).toMatchObject({ cause: 'TIMEOUT', error: null });
    expect([rings, talks].map(({ id }) => legsOf(stack, id)[0]?.isUp)).toEqual([true, true]);
    expect(await process.end('SIGTERM')).toBe(0);

    const legs = await Promise.all([rings, talks].map(({ id }) => legOver(stack, id, WAIT_MS)));
    expect(legs.map(({ wasReleased }) => wasReleased)).toEqual([true, true]);
    expect(await stack.inbox.of(rings.id)).toMatchObject({ error: { code: 'DRAINED' } });
    expect(await stack.event(talks.id, 'ended')).toMatchObject({ ended: { error: { code: 'DRAINED' } } });
    expect(await stack.queue.counts(lane)).toMatchObject({ waiting: 1, active: 0 });
    expect(legsOf(stack, late)).toEqual([]);
  });

  it('puts jobs back that it had nothing to dial with', async ({ expect }) => {
    const { stack, workers } = scene;
    const lane = 'unready';
    const lanes = { [lane]: { concurrency: 10 } };
    const { process } = await workers.start({ lanes, drainSeconds: 60 }, (links) => links.freeswitch.cut());
    const jobs = Array.from({ length: 5 }, (_, index) => jobTo('busy', `${lane}-${index}`, { lane }));
    await stack.queue.addBulk(jobs);
    await expect.poll(() => stack.queue.counts(lane), { timeout: WAIT_MS }).toMatchObject({ active: 5 });
    expect(await process.end('SIGTERM')).toBe(0);
    expect(await stack.queue.counts(lane)).toMatchObject({ waiting: 5, active: 0, delayed: 0 });
    expect(jobs.flatMap(({ id }) => legsOf(stack, id))).toEqual([]);
    expect(jobs.map(({ id }) => stack.inbox.count(id))).toEqual(jobs.map(() => 0));
  });

  it('puts jobs back that wait for their turn to be dialled, and the next worker dials each once', async ({
    expect,
  }) => {
    const { stack, workers } = scene;
    const lane = 'paced';
    const lanes = { [lane]: { concurrency: 20 } };
    const { process } = await workers.start({ lanes, telephony: { invitesPerSecond: 4 } });
    const jobs = Array.from({ length: 12 }, (_, index) =>
      jobTo('no-answer', `${lane}-${index}`, { lane, secondsTimeout: 4 }),
    );
    await stack.queue.addBulk(jobs);
    const ids = jobs.map(({ id }) => id);
    const areDialled = () => ids.filter((id) => legsOf(stack, id).length > 0);
    await stack.callees.log.waitFor(() => areDialled().length >= 2, WAIT_MS);
    expect(await process.end('SIGTERM')).toBe(0);

    const dialled = areDialled();
    expect(dialled.length).toBeLessThan(jobs.length);
    const { waiting, active } = await stack.queue.counts(lane);
    expect({ waiting, active }).toEqual({ waiting: jobs.length - dialled.length, active: 0 });
    await workers.start({ lanes });
    const results = await stack.inbox.ofAll(ids);
    for (const { jobId, error, cause } of results) {
      if (dialled.includes(jobId)) expect(error?.code).toBe('DRAINED');
      else expect({ cause, error }).toEqual({ cause: 'TIMEOUT', error: null });
    }
    expect(ids.map((id) => legsOf(stack, id).length)).toEqual(ids.map(() => 1));
    expect(ids.map((id) => stack.inbox.count(id))).toEqual(ids.map(() => 1));
  });
});

describe.concurrent('a rolling restart under load', { timeout: 60_000 }, () => {
  it('costs no call anything, and every worker goes with status 0', async ({ expect }) => {
    const { stack, workers } = scene;
    const lane = 'rolling';
    const start = () => workers.start({ lanes: { [lane]: { concurrency: 10 } }, drainSeconds: 30 });
    let current = await start();
    const planned = Array.from({ length: 60 }, (_, index) => jobUnderLoad(lane, index));
    const ids = planned.map(({ job }) => job.id);
    for (const half of [planned.slice(0, 30), planned.slice(30)]) {
      const jobs = half.map(({ job }) => job);
      const { process } = current;
      await stack.queue.addBulk(jobs);
      await stack.callees.log.waitFor(() => jobs.some(({ id }) => legsOf(stack, id)[0]?.isUp), WAIT_MS);
      current = await start();
      expect(await process.end('SIGTERM')).toBe(0);
    }
    const results = await stack.inbox.ofAll(ids);
    expect(results.map(({ cause, error }) => ({ cause, error }))).toEqual(
      planned.map(({ expected }) => ({ cause: expected, error: null })),
    );
    const answered = results.filter(({ state }) => state === 'ANSWERED');
    const ends = await Promise.all(answered.map(({ jobId }) => stack.event(jobId, 'ended')));
    expect(ends.map(({ ended }) => ended.error)).toEqual(answered.map(() => null));
    expect(ids.map((id) => legsOf(stack, id).length)).toEqual(ids.map(() => 1));
    expect(ids.map((id) => stack.inbox.count(id))).toEqual(ids.map(() => 1));
  });
});

function jobUnderLoad(lane: string, index: number) {
  const id = `${lane}-${index}`;
  const hold = { onAnswered: { otherwise: [{ step: 'hold' as const, milliseconds: 500 }] } };
  switch (index % 3) {
    case 0:
      return { job: jobTo('rejects', id, { lane }), expected: 'REJECTED' };
    case 1:
      return { job: jobTo('no-answer', id, { lane, secondsTimeout: 1.5 }), expected: 'TIMEOUT' };
    default:
      return { job: jobTo('patient', id, { lane, ...hold }), expected: 'NORMAL' };
  }
}
