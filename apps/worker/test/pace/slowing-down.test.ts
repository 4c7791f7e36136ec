import { expect, it } from 'vitest';
import { useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();

/** What `/readyz` says of the pace. */
async function pace(healthPort: number) {
  const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
  return (await response.json()) as { ok: boolean; isSlowed: boolean; callsAllowed: number };
}

function keepBusy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

it('a worker whose main thread is late takes fewer calls, says so, and recovers', async () => {
  const worker = await parts.start({
    lanes: { default: { concurrency: 40 } },
    telephony: { media: 'worker' },
  });
  await expect.poll(() => pace(worker.healthPort), WITHIN).toMatchObject({ ok: true, isSlowed: false });
  // The worker runs in this process: its main thread is this one.
  const busy = setInterval(() => keepBusy(250), 260);
  await expect.poll(() => pace(worker.healthPort), WITHIN).toMatchObject({ ok: true, isSlowed: true });
  const metrics = await fetch(`http://127.0.0.1:${worker.healthPort}/metrics`).then((response) =>
    response.text(),
  );
  clearInterval(busy);
  expect(metrics).toMatch(/^outdial_slowdowns_total 1$/m);
  expect(metrics).toMatch(/^outdial_media_thread_sessions\{thread="0"\} 0$/m);
  expect(metrics).toMatch(/^outdial_media_thread_late_seconds_count\{thread="0"\} [1-9]\d*$/m);
  expect(Number(/^outdial_calls_allowed (\d+)$/m.exec(metrics)?.[1])).toBeLessThan(40);
  await expect
    .poll(() => pace(worker.healthPort), { ...WITHIN, timeout: 30_000 })
    .toMatchObject({ isSlowed: false, callsAllowed: 40 });
});
