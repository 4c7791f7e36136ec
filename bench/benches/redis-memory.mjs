import { CallEndedRecords, CallQueue, CallResults } from '@outdial/client';
import { eventsKey } from '@outdial/contract';
import { Redis } from 'ioredis';
import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';

const CALLS = 200;
const SETTLE_MS = 1000;
const HOLD = { onAnswered: { otherwise: [{ step: /** @type {const} */ ('hold'), milliseconds: null }] } };
/** What a campaign app hands in with each number. */
const JOB = {
  callFrom: '+441632960000',
  liveSpeakerDetect: /** @type {const} */ ('DEFAULT'),
  metadata: { campaign: 'bench', row: 4711 },
};

/** @type {import('../figure.mjs').Bench} */
export const redisMemory = {
  name: 'redis-memory',
  title: 'Bytes in Redis a job, by where the job is',
  outdial: 'all of it, but for the streams, whose length is fixed',
  baseline: "the ledger's part of it",
  async run(network, say) {
    const { url } = await network.redis();
    const redis = new Redis(url);
    network.onClose(async () => redis.disconnect());
    const read = (/** @type {string} */ name, /** @type {string} */ what) =>
      bytesAJob(redis, `{bench-${name}}`, what);

    const queue = new CallQueue({ redis: url, prefix: '{bench-waiting}' });
    await queue.addBulk(Array(CALLS).fill({ callTo: 'sip:callee@127.0.0.1:5060', ...JOB }));
    await queue.close();
    const figures = [await read('waiting', 'waiting in its lane')];

    say('ringing');
    const ringing = await hold(network, 'ringing', await network.callee('rings-until-cancelled'));
    figures.push(await read('ringing', 'ringing'));
    await ringing.close();

    say('answered');
    const answered = await hold(network, 'answered', await network.callee('answers-at-once'));
    figures.push(await read('answered', 'answered and up, its result not consumed yet'));
    figures.push(await bytesAnEvent(redis, '{bench-answered}'));
    // The worker hangs up all calls, and publishes their ended records.
    await answered.close();
    figures.push(await read('answered', 'ended, neither its result nor its ended record consumed'));

    say('consuming');
    const options = { redis: url, prefix: '{bench-answered}' };
    for (const outcomes of [new CallResults(options), new CallEndedRecords(options)]) {
      let consumed = 0;
      outcomes.consume(() => void consumed++, { concurrency: 50 });
      while (consumed < CALLS) await pause(20);
      await outcomes.close();
    }
    figures.push(await read('answered', 'ended, both consumed'));
    return figures;
  },
};

/**
 * A worker with so many calls up, whose outcomes are not consumed.
 * @param {import('../test-network.mjs').TestNetwork} network
 * @param {string} name
 * @param {string} callee
 */
async function hold(network, name, callee) {
  const worker = await network.startWorker({ name, inFlight: CALLS, consumes: false });
  await worker.enqueue(Array(CALLS).fill(callee), { ...JOB, liveSpeakerDetect: null, ...HOLD });
  while ((await worker.callsUp()) < CALLS) await pause(20);
  await pause(SETTLE_MS);
  return worker;
}

/** @param {Redis} redis @param {string} prefix */
async function bytesAnEvent(redis, prefix) {
  const key = eventsKey(prefix);
  const bytes = (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  return figure('  an event of it on the stream', 'bytes', { a: bytes / (await redis.xlen(key)) });
}

/**
 * @param {Redis} redis
 * @param {string} prefix
 * @param {string} what
 */
async function bytesAJob(redis, prefix, what) {
  let [all, ofLedger] = [0, 0];
  for (const key of await redis.keys(`${prefix}:*`)) {
    if ((await redis.type(key)) === 'stream') continue;
    const bytes = (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    all += bytes;
    if (key.startsWith(`${prefix}:ledger:`)) ofLedger += bytes;
  }
  return figure(what, 'bytes a job', { a: all / CALLS, b: ofLedger / CALLS });
}
