import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DIRECTORY } from '@outdial/lab';
import { Redis } from 'ioredis';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { outdial, Running } from './outdial.js';

/** The demo's own limit is 60 s. */
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
  // Without --json it says first what it is about to do.
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

describe('outdial demo', () => {
  it('calls every callee of the lab, and each call ends as the directory says', {
    timeout: WITHIN_MS,
  }, async (test) => {
    const { status, records, stderr } = await outdial(['demo', '--json'], {}, '', makeDirectory(test));
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
    expect(printed.at(-2)).toMatchObject({
      type: 'summary',
      jobs: results.length,
      asExpected: results.length,
    });
    expect(new Set(printed.map(({ type }) => type))).toEqual(
      new Set(['event', 'result', 'summary', 'audit']),
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('shows people a table of the results, stays up if asked to, and leaves nothing behind at Ctrl-C', {
    timeout: WITHIN_MS,
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
    const tally = new RegExp(`^${all} of ${all} calls ended as their callees make them end, in \\d`);
    expect(printed[titles + all + 2]).toMatch(tally);
    expect(printed[titles + all + 3]).toMatch(/^compared \d+ jobs, .*: no promise is broken$/);
    expect(printed).toContain('  npx outdial call sip:human@lab --lsd');
    expect(await demo.stop('SIGINT')).toBe(0);
    await expectNothingLeft(started);
  });

  describe.concurrent('when it is ended amid its calls', () => {
    it('ends its calls and all its children at Ctrl-C', { timeout: WITHIN_MS }, async (test) => {
      const started = await startDemo(test);
      expect(await started.demo.stop('SIGINT')).toBe(1);
      await expectNothingLeft(started);
    });

    it('leaves no child behind even when it is killed', { timeout: WITHIN_MS }, async (test) => {
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
