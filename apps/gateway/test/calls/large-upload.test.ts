import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

/** The largest file that is taken: `OUTDIAL_UPLOAD_ROWS=1000000 npx vitest run apps/gateway/test/calls/large-upload.test.ts` */
const ROWS = Number(process.env.OUTDIAL_UPLOAD_ROWS ?? 20_000);
const PIECE = 1000;
/** What a file may take of memory: so much in any case, and its ids, which must differ. */
const MEMORY_MAX = 256 * 1024 * 1024 + ROWS * 400;

it(`takes a file of ${ROWS} calls as it arrives, and keeps no more than their ids in memory`, {
  timeout: 60_000 + ROWS,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'outdial-uploads-'));
  gateways.onEnd(async () => rmSync(directory, { recursive: true }));
  const gateway = await gateways.start({ upload: { directory } });
  let sent = 0;
  let most = 0;
  const before = process.memoryUsage().rss;
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 100);
  gateways.onEnd(async () => clearInterval(watching));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const rows = Array.from(
        { length: Math.min(PIECE, ROWS - sent) },
        (_, n) => `row-${sent + n},tel:+441632${String(sent + n).padStart(6, '0')},+441632960999,bulk\n`,
      );
      controller.enqueue(
        new TextEncoder().encode((sent === 0 ? 'id,callTo,callFrom,lane\n' : '') + rows.join('')),
      );
      sent += rows.length;
      if (sent === ROWS) controller.close();
    },
  });
  const headers = { 'content-type': 'text/csv', accept: 'application/x-ndjson' };
  const { status, body: answer } = await gateways.ask(gateway, '/v1/calls/bulk', { body, headers });
  expect(status).toBe(200);
  const lines = String(answer)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ type: 'done', jobs: ROWS, queued: ROWS, before: 0 });
  expect(lines.length).toBeGreaterThan(ROWS / 20_000);
  expect(await gateways.queue().counts('bulk')).toMatchObject({ waiting: ROWS });
  expect(most).toBeLessThan(MEMORY_MAX);
  expect(readdirSync(directory)).toEqual([]);
});
