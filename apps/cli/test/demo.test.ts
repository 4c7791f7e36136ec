import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DIRECTORY } from '@outdial/lab';
import { Redis } from 'ioredis';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { outdial, Running } from './support/outdial.js';

/** The limit of the demo itself is 60 s. */
const WITHIN_MS = 90_000;

interface DemoResult {
  type: string;
  callee: string;
  asExpected: boolean;
  deviations: string[];
  results: Array<Record<string, unknown> & { rawCause: { sipStatus: number | null } }>;
}

/** A directory for a demo to run in. */
function makeDirectory({ onTestFinished }: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'outdial-demo-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function childrenOf(pid: number): number[] {
  return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

interface StartedDemo {
  demo: Running;
  directory: string;
  children: number[];
  redisUrl: string;
  /** Where it keeps its data. */
  data: string;
}

/** A demo whose calls are on their way. */
async function startDemo(test: TestContext, args: readonly string[] = ['--json']): Promise<StartedDemo> {
  const directory = makeDirectory(test);
  const demo = new Running(['demo', ...args], {}, directory);
  test.onTestFinished(() => demo.kill());
  // Without --json, other lines come first.
  for (let line = await demo.line(); !/"type":"event"|CALLING/.test(line); ) line = await demo.line();
  const { redis, configuration } = JSON.parse(readFileSync(join(directory, '.outdial/demo.json'), 'utf8'));
  const children = childrenOf(demo.process.pid ?? 0);
  expect(children).toHaveLength(3);
  expect(await answers(redis.url)).toBe(true);
  return { demo, directory, children, redisUrl: redis.url, data: dirname(configuration) };
}

async function expectNothingLeft({ directory, children, redisUrl, data }: StartedDemo): Promise<void> {
  expect(children.filter(isAlive)).toEqual([]);
  expect(await answers(redisUrl)).toBe(false);
  expect(existsSync(join(directory, '.outdial'))).toBe(false);
  expect(existsSync(data)).toBe(false);
}

/** Runs and ends a second demo in the same directory, after which commands still find the first one. */
async function expectUnaffectedByAnother({ directory, redisUrl }: StartedDemo): Promise<void> {
  const stateFile = join(directory, '.outdial/demo.json');
  const other = new Running(['demo', '--json'], {}, directory);
  try {
    await other.record();
    expect(JSON.parse(readFileSync(stateFile, 'utf8')).redis.url).toBe(redisUrl);
    await other.stop('SIGINT');
  } finally {
    other.kill();
  }
  expect(JSON.parse(readFileSync(stateFile, 'utf8')).redis.url).toBe(redisUrl);
  const { status, stdout } = await outdial(['results'], {}, '', directory);
  expect(status, stdout).toBe(0);
}

/** Each scene did what it is for, and its recording is where it says. */
function expectScenes(printed: readonly Record<string, unknown>[]): void {
  const scenes = printed.filter(({ type }) => type === 'scene');
  const titles = [
    ...['a survey by keys', 'an appointment is said, and confirmed by a key'],
    ...['a person is bridged to an agent', 'a voice bot talks to a person'],
    'a message after the beep',
  ];
  expect(scenes).toMatchObject(titles.map((title) => ({ title, asExpected: true, deviations: [] })));
  const ended = scenes.map((scene) => scene.ended as { recordings: Array<{ path: string }> });
  expectRecordings(ended.flatMap(({ recordings }) => recordings.map(({ path }) => path)));
}

/** Removes them. */
function expectRecordings(paths: readonly string[]): void {
  expect(paths.length).toBeGreaterThan(1);
  for (const path of paths) expect(readFileSync(path).toString('latin1', 0, 4)).toBe('RIFF');
  for (const path of paths) rmSync(dirname(path), { recursive: true, force: true });
}

describe('outdial demo', () => {
  it.for(['freeswitch', 'worker'])(
    'calls every callee of the lab with media by %s, and each call ends as expected',
    {
      timeout: WITHIN_MS,
    },
    async (media, test) => {
      const args = ['demo', '--json', '--media', media];
      const { status, records, stderr } = await outdial(args, {}, '', makeDirectory(test));
      const printed = records();
      const results = printed.filter(({ type }) => type === 'result') as unknown as DemoResult[];
      const deviating = results
        .filter(({ asExpected }) => !asExpected)
        .map(({ callee, deviations }) => [callee, deviations]);
      expect(deviating).toEqual([]);
      for (const { name, expected } of DIRECTORY) {
        if (expected === null) continue;
        const { sipStatus, ...words } = expected;
        const result = results.find(({ callee }) => callee === name)?.results;
        expect(result, name).toEqual([expect.objectContaining(words)]);
        if (sipStatus !== null) expect(result?.[0]?.rawCause.sipStatus, name).toBe(sipStatus);
      }
      expect(printed.at(-1)).toMatchObject({ type: 'audit', ok: true, findings: [] });
      expect(printed.find(({ type }) => type === 'summary')).toMatchObject({
        type: 'summary',
        jobs: results.length,
        asExpected: results.length,
      });
      expect(new Set(printed.map(({ type }) => type))).toEqual(
        new Set(['event', 'result', 'summary', 'scene', 'audit']),
      );
      expectScenes(printed);
      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );

  it('prints a table of the results, keeps running with --stay, and leaves nothing behind after Ctrl-C', {
    // The calls, and then four more processes one after the other.
    timeout: WITHIN_MS + 30_000,
  }, async (test) => {
    const started = await startDemo(test, ['--stay']);
    const { demo } = started;
    const printed: string[] = [];
    while (!printed.at(-1)?.includes('Ctrl-C ends it.')) printed.push(await demo.line());
    const callees = DIRECTORY.filter(({ expected }) => expected !== null);
    const titles = printed.findIndex((line) => / callee +destination +state +cause /.test(line));
    const rows = printed.slice(titles + 1, titles + 1 + callees.length);
    for (const [index, { name, expected }] of callees.entries()) {
      const cells = rows[index]?.split(/ {2,}/) ?? [];
      expect([cells[0], cells[1], cells[3], cells[4]]).toEqual(['✓', name, expected?.state, expected?.cause]);
    }
    const all = callees.length;
    const tally = new RegExp(`^${all} of ${all} calls ended as expected, in \\d`);
    expect(printed[titles + all + 2]).toMatch(tally);
    expect(printed.join('\n')).toMatch(/✓ a voice bot talks to a person .*\n.*media: the worker/);
    // What only a file of FreeSWITCH's host can play.
    expect(printed.join('\n')).toMatch(/✓ a survey by keys .*\n.*media: the lab's FreeSWITCH/);
    expectRecordings(printed.flatMap((line) => line.split('recording: ')[1] ?? []));
    expect(printed.find((line) => line.startsWith('compared'))).toMatch(
      /^compared \d+ jobs, .*: no promise is broken$/,
    );
    expect(printed).toContain('  npx outdial call sip:human@lab --lsd');
    const key = printed.find((line) => line.includes('KEY='))?.split('KEY=')[1] ?? '';
    const [, place = ''] =
      printed.map((line) => /(http:\S+\/v1\/calls)/.exec(line) ?? []).find(([found]) => found) ?? [];
    const placed = await fetch(place, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'by-http', callTo: 'sip:busy@lab' }),
    });
    expect(placed.status).toBe(201);
    const read = async () => {
      const answer = await fetch(`${place}/by-http`, { headers: { authorization: `Bearer ${key}` } });
      return answer.json();
    };
    await expect.poll(read).toMatchObject({ phase: 'ended', result: { cause: 'BUSY' } });
    await expectUnaffectedByAnother(started);
    const worker = new Running(['worker', '--json'], { OUTDIAL_LANES: 'other' }, started.directory);
    test.onTestFinished(() => worker.kill());
    expect(await worker.record()).toMatchObject({ type: 'ready' });
    const call = await outdial(
      ['call', 'sip:busy@lab', '--lane', 'other', '--json'],
      {},
      '',
      started.directory,
    );
    expect(call.records().at(-1)).toMatchObject({ type: 'outcome', cause: 'BUSY' });
    expect(await worker.stop()).toBe(0);
    expect(await demo.stop('SIGINT')).toBe(0);
    await expectNothingLeft(started);
  });

  describe.concurrent('when it is ended during its calls', () => {
    it('ends its calls and all child processes at Ctrl-C', { timeout: WITHIN_MS }, async (test) => {
      const started = await startDemo(test);
      expect(await started.demo.stop('SIGINT')).toBe(1);
      await expectNothingLeft(started);
    });

    it('leaves no child process behind even when it is killed', { timeout: WITHIN_MS }, async (test) => {
      const { demo, children, redisUrl, data } = await startDemo(test);
      demo.kill();
      await vi.waitFor(
        async () => {
          expect(children.filter(isAlive)).toEqual([]);
          expect(await answers(redisUrl)).toBe(false);
        },
        { timeout: 30_000, interval: 100 },
      );
      rmSync(data, { recursive: true, force: true });
    });
  });
});
