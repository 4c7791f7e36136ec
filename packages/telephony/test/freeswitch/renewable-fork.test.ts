import { expect, it } from 'vitest';
import type { OnFrame } from '../../src/api.js';
import { RenewableFork } from '../../src/freeswitch/renewable-fork.js';

/** Forks that a test gives frames to. */
function forks(problems: ReadonlyMap<number, string> = new Map()) {
  const started: Array<{ give: (value: number) => void; isEnded: boolean }> = [];
  const frames: number[] = [];
  const fork = new RenewableFork(
    (pcm) => frames.push(pcm[0] as number),
    async (take: OnFrame) => {
      const problem = problems.get(started.length);
      const one = { give: (value: number) => take(Int16Array.of(value)), isEnded: false };
      started.push(one);
      if (problem !== undefined) return { problem };
      const end = () => {
        one.isEnded = true;
      };
      return { send: () => undefined, end };
    },
  );
  return { fork, started, frames };
}

it('goes on with the next fork from its first frame, and ends the one before', async () => {
  const { fork, started, frames } = forks();
  expect(await fork.open()).toBeNull();
  const [one] = started;
  one?.give(1);
  await fork.renew();
  one?.give(2);
  expect(one?.isEnded).toBe(false);
  started[1]?.give(3);
  one?.give(4);
  started[1]?.give(5);
  expect(frames).toEqual([1, 2, 3, 5]);
  expect(started.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  fork.close();
  expect(started[1]?.isEnded).toBe(true);
});

it('goes on with the same one where none can be had', async () => {
  const { fork, started, frames } = forks(new Map([[1, 'no']]));
  await fork.open();
  await fork.renew();
  started[0]?.give(1);
  expect(frames).toEqual([1]);
  expect(started[0]?.isEnded).toBe(false);
});

it('that was closed ends also what was being started', async () => {
  const { fork, started, frames } = forks();
  await fork.open();
  const renewing = fork.renew();
  fork.close();
  await renewing;
  started[1]?.give(1);
  expect(frames).toEqual([]);
  expect(started.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  await fork.renew();
  expect(started).toHaveLength(2);
});

it('tells why it could not be started', async () => {
  expect(await forks(new Map([[0, 'no']])).fork.open()).toBe('no');
});
