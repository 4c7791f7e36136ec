import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();
const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

it('docs/metrics.md has every metric of a gateway, with its kind', async () => {
  const [, ofGateway = ''] = /^## Of a gateway$(.*)/ms.exec(page) ?? [];
  const documented = [...ofGateway.matchAll(/^\| `(\w+)(?:\{[\w,]+\})?` \| (\w+) \|/gm)].map(
    ([, name, kind]) => `${name} ${kind}`,
  );
  const gateway = await gateways.start();
  const { body } = await gateways.ask(gateway, '/metrics');
  const exported = [...String(body).matchAll(/^# TYPE (outdial_\w+) (\w+)$/gm)].map(
    ([, name, kind]) => `${name} ${kind}`,
  );
  expect(exported.length).toBeGreaterThan(10);
  expect(documented.toSorted()).toEqual(exported.toSorted());
});

it('tells how many jobs and results wait, and for how long', async () => {
  const gateway = await gateways.start();
  const queue = gateways.queue();
  await queue.add({ id: 'old', callTo: 'sip:a@b', lane: 'urgent' });
  await queue.add({ id: 'done', callTo: 'sip:a@b', resultsQueue: 'mine' });
  await queue.cancel('done');
  // As if it had been queued an hour ago.
  const hourAgo = String(Date.now() - 3_600_000);
  await gateways.redis.hset('{outdial}:calls-urgent:old', 'timestamp', hourAgo);
  await gateways.redis.hset('{outdial}:mine:of-done', 'timestamp', hourAgo);
  const { body } = await gateways.ask(gateway, '/metrics');
  const sampleOf = (series: string) => Number(String(body).split(`\n${series} `)[1]?.split('\n')[0]);
  expect(sampleOf('outdial_lane_jobs{lane="urgent",state="waiting"}')).toBe(1);
  expect(sampleOf('outdial_lane_oldest_seconds{lane="urgent"}')).toBeGreaterThanOrEqual(3600);
  expect(sampleOf('outdial_lane_oldest_seconds{lane="default"}')).toBe(0);
  expect(sampleOf('outdial_outcomes{queue="mine",state="waiting"}')).toBe(1);
  expect(sampleOf('outdial_outcomes_oldest_seconds{queue="mine"}')).toBeGreaterThanOrEqual(3600);
  expect(sampleOf('outdial_outcomes_oldest_seconds{queue="results"}')).toBe(0);
});
