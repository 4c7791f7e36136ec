import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PREFIX, eventsKey } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import { Redis } from 'ioredis';
import { readLegs } from '../evidence/callee-log.js';
import type { Network } from '../network/network.js';
import type { Schedule } from '../schedule/schedule.js';

/**
 * All that anybody knows of a job, as text: what was planned, what the callees saw, what came of it, and why.
 */
export async function storyOf(jobId: string, network: Network, schedule: Schedule): Promise<string> {
  const redis = new Redis(network.redis.url, { maxRetriesPerRequest: null });
  try {
    const [entry, events] = await Promise.all([new Ledger(redis).get(jobId), eventsOf(jobId, redis)]);
    const legs = readLegs(network.calleesLog).filter((leg) => leg.jobId === jobId);
    return [
      `## ${jobId}`,
      ...section(
        'planned',
        schedule.jobs.filter(({ job }) => job.id === jobId),
      ),
      ...section(
        'the callees saw',
        legs.flatMap(({ entries }) => entries),
      ),
      ...section(
        'the results queue gave',
        network.results.deliveries.filter((delivery) => delivery.jobId === jobId),
      ),
      ...section('the ledger holds', [entry]),
      ...section('events', events),
      ...section('the workers logged', loggedOf(jobId, network.directory)),
    ].join('\n');
  } finally {
    redis.disconnect();
  }
}

function section(title: string, items: readonly unknown[]): string[] {
  const lines = items.map((item) => `  ${typeof item === 'string' ? item : JSON.stringify(item)}`);
  return [`${title}:`, ...(lines.length === 0 ? ['  nothing'] : lines)];
}

async function eventsOf(jobId: string, redis: Redis): Promise<string[]> {
  const entries = await redis.xrange(eventsKey(DEFAULT_PREFIX), '-', '+');
  return entries.filter(([, [, id]]) => id === jobId).map(([, fields]) => fields[3] ?? '');
}

function loggedOf(jobId: string, directory: string): string[] {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  return files
    .filter((file) => file.startsWith('worker-'))
    .flatMap((file) =>
      readFileSync(join(directory, file), 'utf8')
        .split('\n')
        .filter((line) => line.includes(`"${jobId}"`))
        .map((line) => `${file}: ${line}`),
    );
}
