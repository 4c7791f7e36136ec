import { describe, expect, it } from 'vitest';
import { CallList } from '../src/index.js';
import { type App, eventually, playWorker, useRedis } from './support.js';

const redis = useRedis();

function listOf(app: App): CallList {
  return redis.closed(new CallList(app.common));
}

function idsOf({ calls }: { calls: ReadonlyArray<{ id: string }> }): string[] {
  return calls.map(({ id }) => id);
}

/** Jobs of two lanes, one call that is up and one that has ended. */
async function campaign() {
  const app = redis.app();
  await app.queue.addBulk([
    { id: 'up', callTo: 'sip:human@lab', label: 'spring' },
    { id: 'over', callTo: 'sip:busy@lab', lane: 'urgent' },
  ]);
  redis.closed(await playWorker(app, redis.server));
  const over = async () => (await app.queue.get('over'))?.phase === 'ended';
  const up = async () => (await app.queue.get('up'))?.phase === 'answered';
  await eventually(async () => (await over()) && (await up())).toBe(true);
  // No worker takes this lane.
  await app.queue.addBulk([
    { id: 'first', callTo: 'tel:+441632960001', callFrom: '+441632960999', lane: 'later', label: 'spring' },
    { id: 'second', callTo: 'tel:+441632960002', callFrom: '+441632960999', lane: 'later' },
  ]);
  return app;
}

describe('the list of calls', () => {
  it('has each call once: those that are up, then those that ended, then those that wait', async () => {
    const list = listOf(await campaign());
    expect(await list.page({})).toEqual({
      calls: [
        expect.objectContaining({ id: 'up', phase: 'answered', label: 'spring' }),
        expect.objectContaining({ id: 'over', phase: 'ended', lane: 'urgent' }),
        expect.objectContaining({ id: 'first', phase: 'waiting', lane: 'later', callFrom: '+441632960999' }),
        expect.objectContaining({ id: 'second', phase: 'waiting' }),
      ],
      next: null,
    });
    const all: string[] = [];
    for (let cursor: string | null = null, pages = 0; pages < 20; pages++) {
      const page = await list.page({}, { limit: 1, ...(cursor !== null && { cursor }) });
      all.push(...idsOf(page));
      cursor = page.next;
      if (cursor === null) break;
    }
    expect(all).toEqual(['up', 'over', 'first', 'second']);
  });

  it('finds calls by what is asked for', async () => {
    const list = listOf(await campaign());
    const find = async (filter: Parameters<CallList['page']>[0]) => idsOf(await list.page(filter));
    expect(await find({ phase: 'waiting' })).toEqual(['first', 'second']);
    expect(await find({ phase: 'active' })).toEqual(['up']);
    expect(await find({ phase: 'ended' })).toEqual(['over']);
    expect(await find({ label: 'spring' })).toEqual(['up', 'first']);
    expect(await find({ lane: 'urgent' })).toEqual(['over']);
    expect(await find({ lanes: ['later', 'unknown'] })).toEqual(['first', 'second']);
    expect(await find({ lanes: [] })).toEqual([]);
    expect(await find({ number: '1632960002' })).toEqual(['second']);
    expect(await find({ text: 'HUMAN' })).toEqual(['up']);
    expect(await find({ cause: 'BUSY' })).toEqual(['over']);
    expect(await find({ farEndType: 'LIVE' })).toEqual(['up']);
    expect(await find({ farEndType: 'LIVE', phase: 'ended' })).toEqual([]);
    expect(await find({ phase: 'waiting', cause: 'BUSY' })).toEqual([]);
    expect(await find({ from: Date.now() + 60_000 })).toEqual([]);
    expect(await find({ before: Date.now() - 60_000 })).toEqual([]);
  });

  it('refuses a cursor that no page ended with', async () => {
    const list = listOf(redis.app());
    const forge = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');
    const places = [
      null,
      {},
      { phase: 'x' },
      { phase: 'ended', before: '+ evil' },
      { phase: 'waiting', place: { list: -1 } },
    ];
    for (const cursor of ['', '%', ...places.map(forge)])
      await expect(list.page({}, { cursor }), cursor).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('tells the events of a call, none of one that waits, and no call that is unknown', async () => {
    const list = listOf(await campaign());
    const types = (await list.eventsOf('over')).map(({ event }) => event.type);
    expect(types).toEqual(['calling', 'result']);
    expect(await list.eventsOf('first')).toEqual([]);
    await expect(list.eventsOf('nothing')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });
});
