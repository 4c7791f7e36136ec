import { CallQueue } from '@outdial/client';
import { laneQueueName, parseCallJob } from '@outdial/contract';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { figure } from '../figure.mjs';
import { each, placing } from '../placing.mjs';
import { interleave } from '../rounds.mjs';

const ROUNDS = 3;
const ROUND_SECONDS = 1;
const IN_FLIGHT = 50;
const BULK = 5000;

/** What `CallQueue` gives each job by default, so that BullMQ writes the same. */
const JOB_OPTIONS = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 7 * 24 * 3600, count: 10_000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 10_000 },
};

/** @type {import('../figure.mjs').Bench} */
export const enqueue = {
  name: 'enqueue',
  title: 'Jobs enqueued a second',
  outdial: 'CallQueue',
  baseline: 'plain BullMQ Queue, same data and options',
  async run(network, say) {
    const { url } = await network.redis();
    const redis = new Redis(url);
    const calls = new CallQueue({ redis: url, prefix: '{bench-enqueue}' });
    const plain = new Queue(laneQueueName('default'), { connection: { url }, prefix: '{bench-plain}' });
    network.onClose(async () => {
      await Promise.all([calls.close(), plain.close()]);
      redis.disconnect();
    });
    const ways = [
      {
        what: 'add, one after the other',
        warmUp: 100,
        seconds: ROUND_SECONDS,
        outdial: (/** @type {number} */ count) => each(inputs(count), 1, (input) => calls.add(input)),
        baseline: (/** @type {number} */ count) =>
          each(jobs(count), 1, ({ name, data, opts }) => plain.add(name, data, opts)),
      },
      {
        what: `add, ${IN_FLIGHT} in flight`,
        warmUp: 200,
        seconds: ROUND_SECONDS,
        outdial: (/** @type {number} */ count) => each(inputs(count), IN_FLIGHT, (input) => calls.add(input)),
        baseline: (/** @type {number} */ count) =>
          each(jobs(count), IN_FLIGHT, ({ name, data, opts }) => plain.add(name, data, opts)),
      },
      {
        what: `addBulk of ${BULK}`,
        warmUp: BULK,
        outdial: (/** @type {number} */ count) => calls.addBulk(inputs(count)),
        baseline: (/** @type {number} */ count) => plain.addBulk(jobs(count)),
      },
    ];
    const empty = () => redis.flushall();
    const figures = [];
    for (const { what, outdial, baseline, ...load } of ways) {
      say(what);
      const rounds = await interleave(ROUNDS, placing(load, outdial, empty), placing(load, baseline, empty));
      figures.push(figure(what, 'jobs/s', rounds.of('perSecond')));
    }
    return figures;
  },
};

let lastId = 0;

/** What a campaign app hands in. @param {number} count */
function inputs(count) {
  return Array.from({ length: count }, () => ({
    id: `bench-${++lastId}`,
    callTo: 'tel:+441632960001',
    callFrom: '+441632960000',
    liveSpeakerDetect: /** @type {const} */ ('DEFAULT'),
    metadata: { campaign: 'bench', row: lastId },
  }));
}

/** The same, as `CallQueue` would hand it to BullMQ. @param {number} count */
function jobs(count) {
  return inputs(count).map((input) => ({
    name: 'call',
    data: parseCallJob(input),
    opts: { ...JOB_OPTIONS, jobId: input.id },
  }));
}
