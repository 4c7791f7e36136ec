import { describe, expect, it } from 'vitest';
import {
  type CampaignError,
  type CampaignOptions,
  checkCampaign,
  decodeLines,
  readCsv,
  readJsonLines,
} from '../src/index.js';

/** A file as it comes from a socket: in pieces that end anywhere. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function jobsOf(
  text: string | Uint8Array,
  { size = 7, json = false, ...options }: CampaignOptions & { size?: number; json?: boolean } = {},
) {
  const texts = decodeLines(inPieces(typeof text === 'string' ? Buffer.from(text) : text, size));
  const jobs = [];
  for await (const job of checkCampaign(json ? readJsonLines(texts) : readCsv(texts), options))
    jobs.push(job);
  return jobs;
}

async function problemsOf(...args: Parameters<typeof jobsOf>): Promise<Array<[string, string]>> {
  const error: CampaignError = await jobsOf(...args).then(
    () => Promise.reject(new Error('it was taken')),
    (reason) => reason,
  );
  return error.issues.map(({ path, message }) => [path, message]);
}

const CSV = '\uFEFFid,callTo,metadata.name\r\n1-a,sip:a@b,"Zoë, ""Z"""\r\n\r\n1-b,sip:c@d,"two\nlines"\r\n';

describe('a file that comes in pieces', () => {
  it.each([1, 2, 7, 1000])('of %i bytes is read as a whole', async (size) => {
    const jobs = await jobsOf(CSV, { size });
    expect(jobs.map(({ id, callTo, metadata }) => [id, callTo, metadata.name])).toEqual([
      ['1-a', 'sip:a@b', 'Zoë, "Z"'],
      ['1-b', 'sip:c@d', 'two\nlines'],
    ]);
  });

  it.each([1, 3, 1000])('of %i bytes has its problems in their lines', async (size) => {
    const bad = 'id,callTo\n1-a,sip:a@b\n1-a,sip:a@b\n1-c,tel:+441632960001\n1-d\n';
    expect(await problemsOf(bad, { size })).toEqual([
      ['3.id', 'line 2 has the same id'],
      ['4.callFrom', expect.any(String)],
      ['5', 'it has 1 cells, the header row 2'],
    ]);
    const latin = Buffer.from('callTo\nsip:a@b\nsip:caf\xe9@b\nsip:c@d\n', 'latin1');
    expect(await problemsOf(latin, { size })).toEqual([['3', expect.stringContaining('UTF-8')]]);
  });

  it.each([2, 1000])('of %i bytes of JSON lines, too', async (size) => {
    const good = '\uFEFF{"callTo":"sip:a@b"}\r\n\n{"callTo":"sip:c@d","metadata":{"name":"é"}}';
    expect((await jobsOf(good, { size, json: true })).map(({ metadata }) => metadata.name)).toEqual([
      undefined,
      'é',
    ]);
    const bad = '{"callTo":"sip:a@b"}\n\n{\n{"callTo":7}\n';
    expect(await problemsOf(bad, { size, json: true })).toEqual([
      ['3', expect.stringContaining('it is not JSON')],
      ['4.callTo', expect.any(String)],
    ]);
  });
});

describe('a file that is no campaign', () => {
  it.each([
    ['nothing', '', ['1.callTo', 'the header row has no such column']],
    ['another separator', 'callTo;id\n', ['1', 'its cells are to be separated by commas']],
    ['a quote that is not closed', 'callTo\n"sip:a@b\n', ['2', expect.stringContaining('it is not CSV')]],
  ])('is refused: %s', async (_, text, problem) => {
    expect((await problemsOf(text))[0]?.[1]).toEqual(problem[1]);
  });

  it('is refused: a line without an end', async () => {
    expect(await problemsOf('x'.repeat(1_100_000), { size: 65_536 })).toEqual([
      ['1', 'it has more than 1048576 bytes'],
    ]);
  });

  it('is read no further than to its thousandth problem', async () => {
    let lines = 0;
    async function* endless() {
      yield 'callTo\n';
      for (;;) {
        lines += 1;
        yield 'tel:+441632960001\n';
      }
    }
    const error = await (async () => {
      for await (const _ of checkCampaign(readCsv(endless()), {})) throw new Error('it was taken');
      return null;
    })().catch((reason: CampaignError) => reason);
    expect(error?.issues).toHaveLength(1000);
    expect(lines).toBeLessThan(3000);
  });
});

it('a job may be refused by whoever reads the file', async () => {
  const refuse = ({ lane }: { lane: string }) =>
    lane === 'b' ? { path: 'lane', message: 'not here', value: lane } : null;
  expect(await problemsOf('callTo,lane\nsip:a@b,a\nsip:a@b,b\n', { refuse })).toEqual([
    ['3.lane', 'not here'],
  ]);
});
