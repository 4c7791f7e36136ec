import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { CallQueue } from '@outdial/client';
import { Redis } from 'ioredis';
import { figure } from '../figure.mjs';
import { each, placing } from '../placing.mjs';
import { interleave } from '../rounds.mjs';

const PREFIX = '{bench-gateway}';
const KEYS = `${PREFIX}:gateway:api-keys`;
const ROUNDS = 3;
const ROUND_SECONDS = 1;
const IN_FLIGHT = 50;
const BULK = 5000;
/** What the project holds itself to, in requests and calls a second. */
const AIMS = { singly: 500, bulk: 2000 };

/** @type {import('../figure.mjs').Bench} */
export const gateway = {
  name: 'gateway',
  title: 'Calls accepted a second over HTTP',
  outdial: 'the gateway',
  baseline: 'CallQueue in the same program, without HTTP',
  async run(network, say) {
    const { url: redisUrl } = await network.redis();
    const redis = new Redis(redisUrl);
    const calls = new CallQueue({ redis: redisUrl, prefix: '{bench-beside}', timeoutMs: 60_000 });
    const { url, key } = await network.startGateway({ redis: redisUrl, prefix: PREFIX });
    const keys = await redis.hgetall(KEYS);
    const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
    network.onClose(async () => {
      agent.destroy();
      await calls.close();
      redis.disconnect();
    });
    const post = (/** @type {string} */ path, /** @type {string} */ type, /** @type {string} */ body) =>
      send(
        `${url}${path}`,
        { agent, headers: { authorization: `Bearer ${key}`, 'content-type': type } },
        body,
      );
    const ways = [
      {
        what: `one a request, ${IN_FLIGHT} in flight, next to add`,
        aim: AIMS.singly,
        load: { warmUp: 200, seconds: ROUND_SECONDS },
        outdial: (/** @type {number} */ count) =>
          each(inputs(count), IN_FLIGHT, (input) =>
            post('/v1/calls', 'application/json', JSON.stringify(input)),
          ),
        baseline: (/** @type {number} */ count) =>
          each(inputs(count), IN_FLIGHT, (input) => calls.add(input)),
      },
      {
        what: `${BULK} in a CSV file, next to addBulk`,
        aim: AIMS.bulk,
        load: { warmUp: BULK },
        outdial: (/** @type {number} */ count) => post('/v1/calls/bulk', 'text/csv', toCsv(inputs(count))),
        baseline: (/** @type {number} */ count) => calls.addBulk(inputs(count)),
      },
    ];
    const empty = async () => {
      await redis.flushall();
      await redis.hset(KEYS, keys);
    };
    const figures = [];
    for (const { what, aim, load, outdial, baseline } of ways) {
      say(what);
      const rounds = await interleave(ROUNDS, placing(load, outdial, empty), placing(load, baseline, empty));
      const measured = rounds.of('perSecond');
      figures.push(
        figure(what, 'calls/s', measured, { target: `at least ${aim}`, isMet: measured.a >= aim }),
      );
    }
    return figures;
  },
};

let lastId = 0;

/** @param {number} count */
function inputs(count) {
  return Array.from({ length: count }, () => ({
    id: `bench-${++lastId}`,
    callTo: 'tel:+441632960001',
    callFrom: '+441632960000',
    metadata: { row: String(lastId) },
  }));
}

/** @param {ReturnType<typeof inputs>} all */
function toCsv(all) {
  const rows = all.map(({ id, callTo, callFrom, metadata }) => `${id},${callTo},${callFrom},${metadata.row}`);
  return `id,callTo,callFrom,metadata.row\n${rows.join('\n')}\n`;
}

/**
 * @param {string} url
 * @param {import('node:http').RequestOptions} options
 * @param {string} body
 * @returns {Promise<void>}
 */
function send(url, options, body) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', ...options }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 201) resolve();
        else reject(new Error(`${response.statusCode}: ${answer.slice(0, 500)}`));
      }, reject);
    });
    asked.once('error', reject);
    asked.end(body);
  });
}
