import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DIRECTORY } from '@outdial/lab';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outdial-demo-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

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

/** A demo whose calls are on their way, its children, its Redis, and where it keeps its data. */
async function startDemo(): Promise<{ demo: Running; children: number[]; redisUrl: string; data: string }> {
  const demo = new Running(['demo', '--json'], {}, directory);
  expect(await demo.record()).toMatchObject({ type: 'event' });
  const { redis, configuration } = JSON.parse(readFileSync(join(directory, '.outdial/demo.json'), 'utf8'));
  const children = childrenOf(demo.process.pid ?? 0);
  expect(children).toHaveLength(3);
  expect(await answers(redis.url)).toBe(true);
  return { demo, children, redisUrl: redis.url, data: dirname(configuration) };
}

describe('outdial demo', () => {
  it('calls every callee of the lab, and each call ends as the directory says', {
    timeout: WITHIN_MS,
  }, async () => {
    const { status, records, stderr } = await outdial(['demo', '--json'], {}, '', directory);
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

  it('ends all its children at Ctrl-C', { timeout: WITHIN_MS }, async () => {
    const { demo, children, redisUrl, data } = await startDemo();
    try {
      expect(await demo.stop('SIGINT')).toBe(1);
      expect(children.filter(isAlive)).toEqual([]);
      expect(await answers(redisUrl)).toBe(false);
      expect(existsSync(join(directory, '.outdial'))).toBe(false);
      expect(existsSync(data)).toBe(false);
    } finally {
      demo.kill();
    }
  });

  it('leaves no child behind even when it is killed', { timeout: WITHIN_MS }, async () => {
    const { demo, children, redisUrl, data } = await startDemo();
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
