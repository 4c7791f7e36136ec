import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { figure } from '../figure.mjs';

const PREFIX = '{bench-webhooks}';
const MESSAGES = 10_000;
const CALLS = 2000;
const TIMEOUT_SECONDS = 1;
const GIVE_UP_AFTER_MS = 10 * 60_000;

/** @type {import('../figure.mjs').Bench} */
export const webhooks = {
  name: 'webhooks',
  title: `${MESSAGES} webhooks to a receiver that fails one in three and hangs one in ten, and to one that does not`,
  outdial: 'two gateways',
  baseline: 'nothing to compare it with',
  async run(network, say) {
    const { url: redisUrl } = await network.redis();
    const redis = new Redis(redisUrl);
    network.onClose(async () => redis.disconnect());
    const options = {
      redis: redisUrl,
      prefix: PREFIX,
      webhooks: {
        ...{ allowedNetworks: ['127.0.0.1'], timeoutSeconds: TIMEOUT_SECONDS, concurrency: 50 },
        ...{ backoffSeconds: 0.1, backoffMaxSeconds: 2, pauseAfterSeconds: 3600 },
      },
    };
    const [gateway] = [await network.startGateway(options), await network.startGateway(options)];
    const bad = await startReceiver(network, (luck) =>
      luck < 0.1 ? 'hang' : luck < 0.1 + 1 / 3 ? 'fail' : 'take',
    );
    const good = await startReceiver(network, () => 'take');
    bad.secret = await create(gateway, bad.url);
    good.secret = await create(gateway, good.url);
    say(`${MESSAGES} events of ${CALLS} calls`);
    /** @type {Map<string, string[]>} */
    const expected = new Map();
    const startedAt = performance.now();
    for (let n = 0; n < MESSAGES; n++) {
      const jobId = `job-${n % CALLS}`;
      const event = {
        ...{ jobId, callId: null, workerId: 'bench', lane: 'default', label: null, at: Date.now() },
        ...{ type: 'calling', callTo: `sip:${n}@b` },
      };
      const id = await redis.xadd(`${PREFIX}:events`, '*', 'jobId', jobId, 'event', JSON.stringify(event));
      expected.set(jobId, [...(expected.get(jobId) ?? []), `msg_${id}`]);
    }
    const goodMs = (await good.all(MESSAGES)) - startedAt;
    say('the receiver that fails');
    const badMs = (await bad.all(MESSAGES)) - startedAt;
    const inOrder = [bad, good].every((receiver) => isInOrder(receiver.taken, expected));
    const wrong = bad.wrong + good.wrong;
    return [
      figure(
        'delivered to the receiver that fails',
        'messages',
        { a: new Set(bad.taken.map(({ id }) => id)).size },
        { target: String(MESSAGES), isMet: true },
      ),
      figure('in order within each call', '', { a: Number(inOrder) }, { target: '1', isMet: inOrder }),
      figure('signed by a wrong secret', 'messages', { a: wrong }, { target: '0', isMet: wrong === 0 }),
      figure('attempts a message', '', { a: bad.attempts / MESSAGES }),
      figure('taken more than once', 'messages', { a: bad.taken.length - MESSAGES }),
      figure('until the receiver that fails had all', 's', { a: badMs / 1000 }),
      figure('until the other one had all', 's', { a: goodMs / 1000 }),
    ];
  },
};

/**
 * @typedef {object} Receiver
 * @property {string} url
 * @property {string} secret
 * @property {Array<{ id: string, jobId: string }>} taken in the order in which they were taken
 * @property {number} attempts
 * @property {number} wrong messages that the secret does not verify
 * @property {(count: number) => Promise<number>} all resolves when so many different ones were taken, with the time
 */

/**
 * @param {import('../test-network.mjs').TestNetwork} network
 * @param {(luck: number) => 'hang' | 'fail' | 'take'} decide
 * @returns {Promise<Receiver>}
 */
async function startReceiver(network, decide) {
  const seen = new Set();
  let check = () => undefined;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    receiver.attempts += 1;
    try {
      new Webhook(receiver.secret).verify(body, /** @type {Record<string, string>} */ (request.headers));
    } catch {
      receiver.wrong += 1;
    }
    const what = decide(Math.random());
    if (what === 'hang') return;
    if (what === 'take') {
      const id = String(request.headers['webhook-id']);
      receiver.taken.push({ id, jobId: JSON.parse(body).data.jobId });
      seen.add(id);
    }
    response.writeHead(what === 'take' ? 204 : 500).end();
    check();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  network.onClose(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  /** @type {Receiver} */
  const receiver = {
    url: `http://127.0.0.1:${port}/`,
    secret: '',
    taken: [],
    attempts: 0,
    wrong: 0,
    all: (count) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${seen.size} of ${count} were delivered`)),
          GIVE_UP_AFTER_MS,
        );
        check = () => {
          if (seen.size < count) return;
          clearTimeout(timer);
          resolve(performance.now());
        };
        check();
      }),
  };
  return receiver;
}

/** @param {{ url: string, key: string }} gateway @param {string} url @returns {Promise<string>} its secret */
async function create(gateway, url) {
  const response = await fetch(`${gateway.url}/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  });
  if (response.status !== 201) throw new Error(await response.text());
  return /** @type {{ secret: string }} */ (await response.json()).secret;
}

/** Whether each call's messages were taken for the first time in their order. @param {Receiver['taken']} taken @param {Map<string, string[]>} expected */
function isInOrder(taken, expected) {
  /** @type {Map<string, Set<string>>} */
  const got = new Map();
  for (const { id, jobId } of taken) got.set(jobId, (got.get(jobId) ?? new Set()).add(id));
  return [...expected].every(([jobId, ids]) => [...(got.get(jobId) ?? [])].join() === ids.join());
}
