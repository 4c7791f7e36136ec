/**
 * A million datagrams of every malformed kind, seeded: RTP, RTCP, SRTP and SRTCP. Nothing crashes, no memory is lost, and a call
 * beside them is heard. Ends with status 1 when something is not as it must be.
 * usage: node --expose-gc bench/fuzz.mjs [--packets N] [--seed N] [--kind PART-OF-ITS-NAME]
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { MediaEngine } from '@outdial/media';
import { sealRtp } from '@outdial/testkit';
import { PLAIN_KINDS, SeededRandom, securedKinds } from '@outdial/testkit/fuzz';
import { formatWav, join, recording, silence } from '@outdial/testkit/sounds';

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '7' },
    kind: { type: 'string', default: '' },
  },
});
const [packets, seed] = [values.packets, values.seed].map(Number);
/** What a socket's buffer holds, whatever their size. */
const BURST = 50;
const WARM_UP = 200_000;
/** More than the allocator's steps, and what the media thread, which nobody can make collect, has not collected yet. */
const GROWTH_MB = 48;
const FRAME_MS = 20;

const problems = [];
const engine = new MediaEngine({ listenHost: '127.0.0.1', threads: 1, ports: { min: 24_000, max: 24_999 } });
engine.on('threadLost', ({ message }) => problems.push(`the media thread was lost: ${message}`));
await engine.start();

const beside = await talkBeside();
const inline = randomBytes(30).toString('base64');
const suite = /** @type {const} */ ('AES_CM_128_HMAC_SHA1_80');
const key = { suite, inline };
await flood('', PLAIN_KINDS, {}, (packet) => packet);
await flood(
  '',
  securedKinds({ inline, tagBytes: 10 }),
  { srtp: { local: key, remote: key } },
  (packet, rolloverCount) => sealRtp(packet, { inline, tagBytes: 10, rolloverCount }),
);
const heard = await beside.end();
if (heard.verdict !== 'LIVE') problems.push(`the call beside it was taken for ${heard.verdict}`);
if (heard.quality.packetsRefused + heard.quality.packetsLost > 0)
  problems.push(`the call beside it: ${JSON.stringify(heard.quality)}`);
console.log(
  `beside it: ${heard.quality.packetsReceived} packets heard, ${heard.quality.packetsLost} lost, ${heard.verdict}`,
);
await engine.close();
for (const problem of problems) console.log(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? 'no problems' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** A call in the same thread to which a person speaks once, and which then goes on, in real time. */
async function talkBeside() {
  const session = await engine.open();
  const socket = await openSocket();
  let verdict = 'nobody';
  session.on('verdict', (told) => {
    verdict = told.verdict.farEndType;
  });
  await connectTo(session, socket, {});
  await session.listen({ timeoutMilliseconds: 5000 });
  await session.answered();
  const pcm = join(silence(400), recording('hello'), silence(600));
  const frames = formatWav(pcm, 'mulaw').subarray(-pcm.length);
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * FRAME_MS < performance.now() - startedAt; sent++) {
      const packet = Buffer.alloc(172, 0xff);
      packet.set([0x80, 0]);
      packet.writeUInt16BE(sent & 0xffff, 2);
      packet.writeUInt32BE((sent * 160) >>> 0, 4);
      packet.writeUInt32BE(5, 8);
      packet.set(frames.subarray(sent * 160, sent * 160 + 160), 12);
      socket.send(packet, session.local.port, '127.0.0.1');
    }
  }, 5);
  return {
    async end() {
      clearInterval(timer);
      let quality = await session.quality();
      for (
        const until = performance.now() + 5000;
        quality.packetsReceived < sent && performance.now() < until;
      )
        quality = await session.quality();
      if (quality.packetsReceived < sent)
        problems.push(`the call beside it: ${sent - quality.packetsReceived} packets did not arrive`);
      socket.close();
      return { verdict, quality: await session.close() };
    },
  };
}

async function flood(prefix, all, remote, seal) {
  const kinds = Object.entries(all).filter(([name]) => name.includes(values.kind));
  if (kinds.length === 0) return;
  const session = await engine.open();
  const socket = await openSocket();
  await connectTo(session, socket, { rtcpMux: true, ...remote });
  let presses = 0;
  const send = async (kind, random) => {
    const read = new Promise((resolve) => {
      const look = ({ digit }) => {
        if (digit !== 'D') return;
        session.off('digit', look);
        resolve(undefined);
      };
      session.on('digit', look);
    });
    for (let n = 0; n < BURST; n++) socket.send(kind(random), session.local.port, '127.0.0.1');
    presses += 1;
    // Told once all before it was read.
    const press = Buffer.alloc(16);
    press.set([0x80, 101]);
    press.writeUInt16BE(presses & 0xffff, 2);
    press.writeUInt32BE((presses * 1600) >>> 0, 4);
    press.writeUInt32BE(0xfeed, 8);
    press.set([15, 0x80, 0, 160], 12);
    const sealed = seal(press, presses >>> 16);
    socket.send(sealed, session.local.port, '127.0.0.1');
    // A burst that filled the buffer took the key press with it.
    for (;;) {
      const came = await Promise.race([
        read.then(() => true),
        new Promise((done) => setTimeout(done, 2000, false)),
      ]);
      if (came) return;
      if (session.isLost) throw new Error('the session was lost');
      socket.send(seal(press, presses >>> 16), session.local.port, '127.0.0.1');
    }
  };
  for (const [name, kind] of kinds) {
    const random = new SeededRandom(seed);
    for (let n = 0; n < Math.min(WARM_UP, packets); n += BURST) await send(kind, random);
    const [before, from] = [await memory(), performance.now()];
    for (let n = 0; n < packets; n += BURST) await send(kind, random);
    report(prefix + name, packets, before, from, await memory());
  }
  socket.close();
  const { packetsRefused } = await session.close();
  if (packetsRefused === 0) problems.push('nothing was refused');
}

function report(name, count, before, from, after) {
  const grown = (after - before) / 2 ** 20;
  const rate = count / ((performance.now() - from) / 1000);
  console.log(
    `${name.padEnd(52)} ${count}  ${rate.toFixed(0).padStart(7)}/s  ${grown.toFixed(1).padStart(6)} MB`,
  );
  if (grown > GROWTH_MB) problems.push(`${name}: ${grown.toFixed(1)} MB more after it`);
}

/** Of the process, its media thread included, once its garbage was collected. */
async function memory() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 200));
  return process.memoryUsage().rss;
}

async function connectTo(session, socket, more) {
  await session.setRemote({
    address: '127.0.0.1',
    port: socket.address().port,
    payloadTypes: { pcmu: 0, telephoneEvent: 101 },
    ...more,
  });
}

async function openSocket() {
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
  const listening = once(socket, 'listening');
  socket.bind(0, '127.0.0.1');
  await listening;
  return socket;
}
