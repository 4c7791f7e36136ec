import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();
const CSV = { 'content-type': 'text/csv; charset=utf-8' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

function rows(count: number, from = 0): string {
  return Array.from({ length: count }, (_, n) => `job-${from + n},sip:callee-${from + n}@lab,bulk\n`).join(
    '',
  );
}

describe('POST /v1/calls/bulk', () => {
  it('queues a JSON list', async () => {
    const gateway = await gateways.start();
    const body = [{ id: 'a', callTo: 'sip:a@b' }, { callTo: 'sip:c@d' }, { id: 'a', callTo: 'sip:a@b' }];
    const answer = await gateways.ask(gateway, '/v1/calls/bulk', { body });
    expect(answer).toMatchObject({ status: 201, body: { jobs: 3, queued: 2, before: 1 } });
    expect(answer.body.ids).toEqual(['a', expect.stringMatching(/^job-/), 'a']);
    const invalid = await gateways.ask(gateway, '/v1/calls/bulk', {
      body: [{ callTo: 'sip:e@f' }, { callTo: 7 }],
    });
    expect(invalid).toMatchObject({
      status: 400,
      body: { code: 'INVALID_JOB', issues: [{ path: '1.callTo' }] },
    });
    expect(await gateways.ask(gateway, '/v1/calls/bulk', { body: { callTo: 'sip:a@b' } })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    expect(await gateways.queue().counts()).toMatchObject({ waiting: 2 });
  });

  it('queues a CSV file that is larger than any body may be, and the same file again is the same calls', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'outdial-uploads-'));
    gateways.onEnd(async () => rmSync(directory, { recursive: true }));
    const gateway = await gateways.start({ bodyBytesMax: 1024, upload: { directory } });
    const body = `id,callTo,lane\n${rows(2500)}`;
    const first = await gateways.ask(gateway, '/v1/calls/bulk', { body, headers: CSV });
    expect(first).toMatchObject({ status: 201, body: { jobs: 2500, queued: 2500, before: 0 } });
    expect(first.body.warnings).toEqual([expect.stringContaining('"bulk"')]);
    const again = await gateways.ask(gateway, '/v1/calls/bulk', { body, headers: CSV });
    expect(again).toMatchObject({ status: 201, body: { queued: 0, before: 2500 } });
    expect(await gateways.queue().counts('bulk')).toMatchObject({ waiting: 2500 });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('makes ids of the calls themselves, so that a repeated upload queues nothing twice', async () => {
    const gateway = await gateways.start();
    const upload = () =>
      gateways.ask(gateway, '/v1/calls/bulk?idPrefix=may&lane=night&label=spring', {
        body: '{"callTo":"sip:a@b"}\n\n{"callTo":"sip:c@d","lane":"day"}\n',
        headers: NDJSON,
      });
    expect(await upload()).toMatchObject({ status: 201, body: { queued: 2 } });
    expect(await upload()).toMatchObject({ status: 201, body: { queued: 0, before: 2 } });
    const { body } = await gateways.ask(gateway, '/v1/calls?label=spring&phase=waiting');
    expect(body.calls).toMatchObject([
      { lane: 'day' },
      { lane: 'night', id: expect.stringMatching(/^may-r/) },
    ]);
  });

  it('queues nothing when any line is wrong, and tells which', async () => {
    const gateway = await gateways.start();
    const body = `id,callTo,lane\n${rows(1500)}x,tel:+441632960001,bulk\njob-3,sip:a@b,bulk\n`;
    const answer = await gateways.ask(gateway, '/v1/calls/bulk', { body, headers: CSV });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'INVALID_JOB',
        issues: [{ path: '1502.callFrom' }, { path: '1503.id', message: 'line 5 has the same id' }],
      },
    });
    const bytes = new Blob([Buffer.from('callTo\nsip:a@b\nsip:caf\xe9@b\n', 'latin1')]);
    const latin = await gateways.ask(gateway, '/v1/calls/bulk', { body: bytes.stream(), headers: CSV });
    expect(latin).toMatchObject({
      status: 400,
      body: { issues: [{ path: '3', message: expect.stringContaining('UTF-8') }] },
    });
    expect(await gateways.queue().counts()).toMatchObject({ waiting: 0 });
  });

  it('queues nothing when an id of the file was queued with another content', async () => {
    const gateway = await gateways.start();
    await gateways.queue().add({ id: 'job-1234', callTo: 'sip:somebody-else@lab', lane: 'bulk' });
    const answer = await gateways.ask(gateway, '/v1/calls/bulk', {
      body: `id,callTo,lane\n${rows(2000)}`,
      headers: CSV,
    });
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'ID_CONFLICT', issues: [{ path: 'callTo' }] },
    });
    expect(await gateways.queue().counts('bulk')).toMatchObject({ waiting: 1 });
  });

  it('only checks a file with check=true', async () => {
    const gateway = await gateways.start();
    const answer = await gateways.ask(gateway, '/v1/calls/bulk?check=true', {
      body: `id,callTo,lane\n${rows(3)}`,
      headers: CSV,
    });
    expect(answer).toMatchObject({ status: 200, body: { jobs: 3, queued: 0 } });
    expect(await gateways.queue().counts()).toMatchObject({ waiting: 0 });
  });

  it('tells its progress line by line where that is asked for, and a problem as the last line', async () => {
    const gateway = await gateways.start();
    const headers = { ...CSV, accept: 'application/x-ndjson' };
    const upload = async (body: string) => {
      const { body: text } = await gateways.ask(gateway, '/v1/calls/bulk', { body, headers });
      return String(text)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };
    const lines = await upload(`id,callTo,lane\n${rows(1200)}`);
    expect(lines[0]).toEqual({ type: 'progress', queued: 0, jobs: 1200 });
    expect(lines.at(-1)).toMatchObject({ type: 'done', jobs: 1200, queued: 1200 });
    const refused = await upload('id,callTo,lane\njob-1,sip:another@lab,bulk\n');
    expect(refused.at(-1)).toMatchObject({ type: 'problem', problem: { code: 'ID_CONFLICT', status: 409 } });
  });

  it('refuses a file with too many calls or bytes', async () => {
    const gateway = await gateways.start({ upload: { callsMax: 3, bytesMax: 2048 } });
    const upload = (body: string) => gateways.ask(gateway, '/v1/calls/bulk', { body, headers: CSV });
    expect(await upload(`id,callTo,lane\n${rows(3)}`)).toMatchObject({ status: 201 });
    expect(await upload(`id,callTo,lane\n${rows(4)}`)).toMatchObject({
      status: 413,
      body: { code: 'TOO_LARGE' },
    });
    expect(await upload(`id,callTo,lane\n${'\n'.repeat(4000)}`)).toMatchObject({ status: 413 });
  });
});
