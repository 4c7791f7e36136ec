import { describe, type ExpectStatic, it } from 'vitest';
import { type CabledWorker, useCabledWorkers } from './cabled-workers.js';
import { jobTo, legOver, legsOf, UNTIL_ENDED } from './legs.js';
import type { Wires } from './wires.js';

/** From the loss of a server to the results of its calls; where nobody is told of it, it is noticed after 4.5 s. */
const NOTICED_WITHIN_MS = 5500;
/** From the moment that the server answers again: connections are tried again once a second. */
const RELEASED_WITHIN_MS = 5000;
const TAKEN_OVER_WITHIN_MS = 10_000;
const WAIT_MS = 25_000;

const scene = useCabledWorkers({ withTaker: true });

interface CutOff {
  worker: CabledWorker;
  lostAtMs: number;
  /** One call that rings and one that is up, as both stay without anybody's doing. */
  jobIds: string[];
}

/** A worker with calls that was cut off from a living switch, and has published them as lost in time. */
async function cutOff(
  expect: ExpectStatic,
  { lane, cut }: { lane: string; cut: (wires: Wires) => void },
): Promise<CutOff> {
  const { stack, workers } = scene;
  const worker = await workers.start({ lanes: { [lane]: { concurrency: 10 } } });
  const rings = jobTo('no-answer', `${lane}-rings`, { lane });
  const talks = jobTo('human', `${lane}-talks`, { lane, ...UNTIL_ENDED });
  await stack.queue.addBulk([rings, talks]);
  await Promise.all([stack.event(rings.id, 'ringing'), stack.inbox.of(talks.id)]);
  const lostAtMs = Date.now();
  cut(worker.wires);

  const [result, { ended }] = await Promise.all([stack.inbox.of(rings.id), stack.event(talks.id, 'ended')]);
  expect(result).toMatchObject({ state: 'ERROR', rang: true, error: { code: 'ENGINE_LOST' } });
  expect(ended).toMatchObject({ endedBy: 'ENGINE_LOST', error: { code: 'ENGINE_LOST' } });
  expect(Date.now() - lostAtMs).toBeLessThan(NOTICED_WITHIN_MS);
  return { worker, lostAtMs, jobIds: [rings.id, talks.id] };
}

/** By the callees' log; and that each job has come to one INVITE and one result, and no more. */
async function assertReleased(
  expect: ExpectStatic,
  jobIds: readonly string[],
  { sinceMs, withinMs }: { sinceMs: number; withinMs: number },
): Promise<void> {
  const { stack } = scene;
  const legs = await Promise.all(jobIds.map((id) => legOver(stack, id, WAIT_MS)));
  expect(legs.map(({ wasReleased }) => wasReleased)).toEqual(legs.map(() => true));
  for (const { overAtMs } of legs) expect((overAtMs ?? Number.NaN) - sinceMs).toBeLessThan(withinMs);
  expect(jobIds.map((id) => legsOf(stack, id).length)).toEqual(jobIds.map(() => 1));
  expect(jobIds.map((id) => stack.inbox.count(id))).toEqual(jobIds.map(() => 1));
}

const closeDrachtio = (wires: Wires) => wires.drachtio.cut();
const silenceBoth = (wires: Wires) => {
  wires.drachtio.freeze();
  wires.freeswitch.freeze();
};

describe.concurrent('a worker that is cut off', { timeout: 60_000 }, () => {
  it.for([
    {
      how: 'from drachtio in silence',
      lane: 'silent',
      cut: (wires: Wires) => wires.drachtio.freeze(),
      loses: false,
    },
    {
      how: 'from drachtio and FreeSWITCH in silence, and loses what it said',
      lane: 'both',
      cut: silenceBoth,
      loses: true,
    },
  ])(
    '$how: the calls are lost in 5 s, and released once the server answers again',
    async ({ lane, cut, loses }, { expect }) => {
      const { stack } = scene;
      const { worker, jobIds } = await cutOff(expect, { lane, cut });
      // Nobody could.
      expect(jobIds.map((id) => legsOf(stack, id)[0]?.isUp)).toEqual([true, true]);
      const sinceMs = Date.now();
      worker.wires.drachtio.mend({ loses });
      worker.wires.freeswitch.mend({ loses });
      await assertReleased(expect, jobIds, { sinceMs, withinMs: RELEASED_WITHIN_MS });
      const next = await stack.call(jobTo('busy', `${lane}-next`, { lane }));
      expect(next).toMatchObject({ cause: 'BUSY', error: null });
      expect(await worker.process.end('SIGTERM')).toBe(0);
    },
  );

  it('from FreeSWITCH in silence: the calls are lost in 5 s, and hung up', async ({ expect }) => {
    const cut = (wires: Wires) => wires.freeswitch.freeze();
    const { jobIds, lostAtMs } = await cutOff(expect, { lane: 'silent-media', cut });
    await assertReleased(expect, jobIds, { sinceMs: lostAtMs, withinMs: NOTICED_WITHIN_MS });
  });

  it.for([
    { how: 'from drachtio', lane: 'closed-killed', cut: closeDrachtio },
    { how: 'from drachtio and FreeSWITCH in silence', lane: 'both-killed', cut: silenceBoth },
  ])(
    '$how, and killed before the server answers again: another worker releases the calls in 10 s',
    async ({ lane, cut }, { expect }) => {
      const { worker, jobIds } = await cutOff(expect, { lane, cut });
      const sinceMs = Date.now();
      await worker.process.end('SIGKILL');
      await assertReleased(expect, jobIds, { sinceMs, withinMs: TAKEN_OVER_WITHIN_MS });
    },
  );

  it('from drachtio, and told to stop before it answers again: it goes once the calls are released', async ({
    expect,
  }) => {
    const { stack } = scene;
    const { worker, jobIds } = await cutOff(expect, { lane: 'closed-stopped', cut: closeDrachtio });
    const sinceMs = Date.now();
    const gone = worker.process.end('SIGTERM');
    await worker.process.logged('"hanging up"');
    worker.wires.drachtio.mend();
    expect(await gone).toBe(0);
    expect(jobIds.map((id) => legsOf(stack, id)[0]?.isUp)).toEqual([false, false]);
    await assertReleased(expect, jobIds, { sinceMs, withinMs: TAKEN_OVER_WITHIN_MS });
  });
});
