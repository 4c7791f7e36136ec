import { describe, type ExpectStatic, it } from 'vitest';
import type { FaultLinks } from '../support/fault-links.js';
import { jobTo, legOver, legsOf, UNTIL_ENDED } from '../support/legs.js';
import { type ProxiedWorker, useProxiedWorkers } from '../support/proxied-workers.js';

const WAIT_MS = 50_000;

const scene = useProxiedWorkers({ withTaker: true });

interface CutOff {
  worker: ProxiedWorker;
  /** One call that rings and one that is up. */
  jobIds: string[];
}

/** A worker with calls that was cut off from living servers, and has published them as lost. */
async function cutOff(
  expect: ExpectStatic,
  { lane, cut }: { lane: string; cut: (links: FaultLinks) => void },
): Promise<CutOff> {
  const { stack, workers } = scene;
  const worker = await workers.start({ lanes: { [lane]: { concurrency: 10 } } });
  const rings = jobTo('no-answer', `${lane}-rings`, { lane });
  const talks = jobTo('patient', `${lane}-talks`, { lane, ...UNTIL_ENDED });
  await stack.queue.addBulk([rings, talks]);
  await Promise.all([stack.event(rings.id, 'ringing'), stack.inbox.of(talks.id)]);
  cut(worker.links);

  const [result, { ended }] = await Promise.all([stack.inbox.of(rings.id), stack.event(talks.id, 'ended')]);
  expect(result).toMatchObject({ state: 'ERROR', rang: true, error: { code: 'SERVER_LOST' } });
  expect(ended).toMatchObject({ endedBy: 'SERVER_LOST', error: { code: 'SERVER_LOST' } });
  return { worker, jobIds: [rings.id, talks.id] };
}

/** Asserts by the callees' log that the calls were released, and that each job has one INVITE and one result. */
async function assertReleased(expect: ExpectStatic, jobIds: readonly string[]): Promise<void> {
  const { stack } = scene;
  const legs = await Promise.all(jobIds.map((id) => legOver(stack, id, WAIT_MS)));
  expect(legs.map(({ wasReleased }) => wasReleased)).toEqual(legs.map(() => true));
  expect(jobIds.map((id) => legsOf(stack, id).length)).toEqual(jobIds.map(() => 1));
  expect(jobIds.map((id) => stack.inbox.count(id))).toEqual(jobIds.map(() => 1));
}

const closeDrachtio = (links: FaultLinks) => links.drachtio.cut();
const silenceBoth = (links: FaultLinks) => {
  links.drachtio.freeze();
  links.freeswitch.freeze();
};

describe.concurrent('a worker that is cut off', { timeout: 60_000 }, () => {
  it.for([
    {
      how: 'from drachtio in silence',
      lane: 'silent',
      cut: (links: FaultLinks) => links.drachtio.freeze(),
      loses: false,
    },
    {
      how: 'from drachtio and FreeSWITCH in silence, and loses what it said',
      lane: 'both',
      cut: silenceBoth,
      loses: true,
    },
  ])(
    '$how: the calls are lost, and released once the server answers again',
    async ({ lane, cut, loses }, { expect }) => {
      const { stack } = scene;
      const { worker, jobIds } = await cutOff(expect, { lane, cut });
      // They could not be released yet.
      expect(jobIds.map((id) => legsOf(stack, id)[0]?.isUp)).toEqual([true, true]);
      worker.links.drachtio.restore({ loses });
      worker.links.freeswitch.restore({ loses });
      await assertReleased(expect, jobIds);
      const next = await stack.call(jobTo('busy', `${lane}-next`, { lane }));
      expect(next).toMatchObject({ cause: 'BUSY', error: null });
      expect(await worker.process.end('SIGTERM')).toBe(0);
    },
  );

  it('from FreeSWITCH in silence: the calls are lost, and hung up', async ({ expect }) => {
    const cut = (links: FaultLinks) => links.freeswitch.freeze();
    const { jobIds } = await cutOff(expect, { lane: 'silent-media', cut });
    await assertReleased(expect, jobIds);
  });

  it.for([
    { how: 'from drachtio', lane: 'closed-killed', cut: closeDrachtio },
    { how: 'from drachtio and FreeSWITCH in silence', lane: 'both-killed', cut: silenceBoth },
  ])(
    '$how, and killed before the server answers again: another worker releases the calls',
    async ({ lane, cut }, { expect }) => {
      const { worker, jobIds } = await cutOff(expect, { lane, cut });
      await worker.process.end('SIGKILL');
      await assertReleased(expect, jobIds);
    },
  );

  it('from drachtio, and told to stop before it answers again: it goes once the calls are released', async ({
    expect,
  }) => {
    const { stack } = scene;
    const { worker, jobIds } = await cutOff(expect, { lane: 'closed-stopped', cut: closeDrachtio });
    const gone = worker.process.end('SIGTERM');
    await worker.process.logged('"hanging up all calls"');
    worker.links.drachtio.restore();
    expect(await gone).toBe(0);
    expect(jobIds.map((id) => legsOf(stack, id)[0]?.isUp)).toEqual([false, false]);
    await assertReleased(expect, jobIds);
  });
});
