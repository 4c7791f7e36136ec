import { createRequire } from 'node:module';
import Srf from 'drachtio-srf';
import { serve } from '../child.mjs';
import { cpuMs, memory } from '../usage.mjs';

/**
 * What a program does without Outdial: drachtio-srf's `createUAC` in a loop, bare or with an endpoint made by
 * drachtio-fsmrf for each call. No queue, no record, no state; a call that fails is only counted.
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

// Both libraries are untyped, or typed wrongly, where they are used here.
const Mrf = createRequire(import.meta.url)('drachtio-fsmrf');
/** @type {any} */
const srf = new Srf();
/** @type {any} */
let mediaServer;
/** @type {Array<() => Promise<void>>} */
let held = [];

/** @param {{ drachtio: { host: string, port: number, secret: string }, freeswitch: { host: string, port: number, secret: string } }} engines */
async function start({ drachtio, freeswitch }) {
  srf.on('error', (/** @type {Error} */ error) => process.stderr.write(`bare loop: ${error.message}\n`));
  const connected = new Promise((resolve) => srf.once('connect', resolve));
  srf.connect(drachtio);
  await connected;
  const { host: address, port, secret } = freeswitch;
  mediaServer = await new Mrf(srf).connect({
    address,
    port,
    secret,
    listenAddress: '127.0.0.1',
  });
  mediaServer.conn.socket.setNoDelay(true);
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

/** @param {{ targets: string[], inFlight: number, withEndpoints: boolean }} load */
async function run({ targets, inFlight, withEndpoints }) {
  const call = withEndpoints ? callWithEndpoint : callBare;
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  const rest = targets.values();
  let failed = 0;
  const line = async () => {
    for (const target of rest) {
      try {
        await call(target);
      } catch (error) {
        // A refusal is a call's ordinary end; anything without a SIP status is not.
        if (/** @type {any} */ (error).status === undefined) failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  return { seconds: (performance.now() - startedAt) / 1000, cpuMs: cpuMs() - cpuBefore, failed };
}

async function release() {
  await Promise.all(held.map((end) => end()));
  held = [];
}

serve({
  start,
  run,
  memory,
  /** Makes calls that stay up. @param {{ targets: string[], inFlight: number }} load */
  async hold({ targets, inFlight }) {
    const rest = targets.values();
    const line = async () => {
      for (const target of rest) held.push(await connect(target));
    };
    await Promise.all(Array.from({ length: inFlight }, line));
  },
  release,
  async stop() {
    await release();
    mediaServer.disconnect();
    srf.disconnect();
  },
});
