import { createRequire } from 'node:module';
import { Queue, Worker } from 'bullmq';
import Srf from 'drachtio-srf';
import { serve } from '../child.mjs';
import { cpuMs, memory } from '../usage.mjs';

/**
 * What a team writes that does without Outdial: a BullMQ worker that calls drachtio-srf's `createUAC`, bare or
 * with an endpoint made by drachtio-fsmrf for each call, hangs up what was answered, and puts the SIP status on
 * a results queue. It promises nothing: no claim, no record, no detection.
 */

const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 8 0 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=ptime:20',
  '',
].join('\r\n');
const KEPT = { removeOnComplete: 1000, removeOnFail: 1000 };

// Both libraries are untyped, or typed wrongly, where they are used here.
const Mrf = createRequire(import.meta.url)('drachtio-fsmrf');
/** @type {any} */
const srf = new Srf();
/** @type {any} */
let mediaServer;
/** @type {Array<() => Promise<void>>} */
let held = [];
/** @type {Array<() => Promise<unknown>>} */
const closers = [];

/**
 * @param {{ servers: { drachtio: ServerAddress, freeswitch: ServerAddress } }} options
 * @typedef {{ host: string, port: number, secret: string }} ServerAddress
 */
async function start({ servers: { drachtio, freeswitch } }) {
  srf.on('error', (/** @type {Error} */ error) => process.stderr.write(`peer: ${error.message}\n`));
  const connected = new Promise((resolve) => srf.once('connect', resolve));
  srf.connect(drachtio);
  await connected;
  const { host: address, port, secret } = freeswitch;
  mediaServer = await new Mrf(srf).connect({ address, port, secret, listenAddress: '127.0.0.1' });
  mediaServer.conn.socket.setNoDelay(true);
}

/**
 * Takes calls from a queue from now on.
 * @param {{ redisUrl: string, prefix: string, inFlight: number, withEndpoints: boolean }} options
 */
async function work({ redisUrl, prefix, inFlight, withEndpoints }) {
  const connection = { url: redisUrl };
  const results = new Queue('results', { connection, prefix });
  const call = withEndpoints ? callWithEndpoint : callBare;
  const worker = new Worker(
    'calls',
    async ({ data }) => {
      const status = await call(data.callTo).then(
        () => 200,
        // A refusal is a call's ordinary end; anything without a SIP status is not.
        (error) => error.status ?? null,
      );
      await results.add('result', { callTo: data.callTo, status }, KEPT);
    },
    { connection, prefix, concurrency: inFlight, ...kept() },
  );
  closers.push(
    () => worker.close(),
    () => results.close(),
  );
  await worker.waitUntilReady();
}

function kept() {
  const count = { count: KEPT.removeOnComplete };
  return { removeOnComplete: count, removeOnFail: count };
}

async function makeEndpoint() {
  const endpoint = await mediaServer.createEndpoint();
  endpoint.conn.socket.setNoDelay(true);
  return endpoint;
}

/** @param {string} target */
async function callBare(target) {
  const dialog = await srf.createUAC(target, { localSdp: OFFER });
  await dialog.destroy();
}

/** Answers what ends the call. @param {string} target */
async function connect(target) {
  const endpoint = await makeEndpoint();
  try {
    const dialog = await srf.createUAC(target, { localSdp: endpoint.local.sdp });
    await endpoint.modify(dialog.remote.sdp);
    return async () => {
      await dialog.destroy();
      await endpoint.destroy();
    };
  } catch (error) {
    await endpoint.destroy();
    throw error;
  }
}

/** @param {string} target */
async function callWithEndpoint(target) {
  const end = await connect(target);
  await end();
}

async function release() {
  await Promise.all(held.map((end) => end()));
  held = [];
}

serve({
  start,
  work,
  cpuMs,
  memory,
  /** Makes calls that stay up, without a queue. @param {{ targets: string[], inFlight: number }} load */
  async hold({ targets, inFlight }) {
    const rest = targets.values();
    const line = async () => {
      for (const target of rest) held.push(await connect(target));
    };
    await Promise.all(Array.from({ length: inFlight }, line));
  },
  release,
  async close() {
    for (const close of closers) await close();
    await release();
    mediaServer.disconnect();
    srf.disconnect();
  },
});
