import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { figure } from '../figure.mjs';

const PREFIX = '{bench-events}';
const SUBSCRIBERS = 1000;
const EVENTS_A_SECOND = 100;
const SECONDS = 20;
const WARM_UP_SECONDS = 5;
/** What the project holds itself to. */
const LATE_MAX_MS = 1000;
const GROWTH_MAX_MIB = 32;
const MIB = 1024 * 1024;

/** @type {import('../figure.mjs').Bench} */
export const eventStream = {
  name: 'event-stream',
  title: `${SUBSCRIBERS} subscribers to the events of a gateway, ${EVENTS_A_SECOND} events a second`,
  outdial: 'the gateway',
  baseline: 'nothing to compare it with',
  async run(network, say) {
    const { url: redisUrl } = await network.redis();
    const redis = new Redis(redisUrl);
    network.onClose(async () => redis.disconnect());
    const { url, key, memory } = await network.startGateway({ redis: redisUrl, prefix: PREFIX });
    say(`${SUBSCRIBERS} subscribers`);
    const subscribers = await network.startSubscribers({ url, key, subscribers: SUBSCRIBERS });
    await emit(redis, WARM_UP_SECONDS);
    await delay(1000);
    await subscribers.ask('take');
    const before = await memory();
    say(`${SECONDS} s of events`);
    const sent = await emit(redis, SECONDS);
    await delay(2 * LATE_MAX_MS);
    const { events, late } = await subscribers.ask('take');
    const after = await memory();
    const grown = (after.heapUsed - before.heapUsed) / MIB;
    const most = late.at(-1)?.[0] ?? Number.NaN;
    return [
      figure(
        'events that arrived, of those that should',
        '%',
        { a: (100 * events) / (sent * SUBSCRIBERS) },
        { target: '100', isMet: events === sent * SUBSCRIBERS },
      ),
      figure('late, median', 'ms', { a: quantile(late, events, 0.5) }),
      figure('late, p99', 'ms', { a: quantile(late, events, 0.99) }),
      figure(
        'late, at most',
        'ms',
        { a: most },
        { target: `at most ${LATE_MAX_MS}`, isMet: most <= LATE_MAX_MS },
      ),
      figure(
        `heap of the gateway that is more after ${SECONDS} s`,
        'MiB',
        { a: grown },
        { target: `at most ${GROWTH_MAX_MIB}`, isMet: grown <= GROWTH_MAX_MIB },
      ),
      figure('resident memory of the gateway', 'MiB', { a: after.rss / MIB }),
    ];
  },
};

/** Adds events evenly, as workers do. @param {Redis} redis @param {number} seconds */
async function emit(redis, seconds) {
  const startedAt = performance.now();
  const total = seconds * EVENTS_A_SECOND;
  for (let n = 0; n < total; n++) {
    const due = startedAt + (n * 1000) / EVENTS_A_SECOND - performance.now();
    if (due > 0) await delay(due);
    const event = {
      ...{ jobId: `job-${n}`, callId: null, workerId: 'bench', lane: 'default', label: null, at: Date.now() },
      ...{ type: 'calling', callTo: 'tel:+441632960001' },
    };
    redis
      .xadd(
        `${PREFIX}:events`,
        'MAXLEN',
        '~',
        100_000,
        '*',
        'jobId',
        event.jobId,
        'event',
        JSON.stringify(event),
      )
      .catch(() => undefined);
  }
  return total;
}

/** @param {Array<[number, number]>} counts sorted @param {number} total @param {number} share */
function quantile(counts, total, share) {
  let seen = 0;
  for (const [ms, count] of counts) {
    seen += count;
    if (seen >= total * share) return ms;
  }
  return Number.NaN;
}
