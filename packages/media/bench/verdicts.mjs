/**
 * Speaks every WAV file of a folder to a session, in real time and with 0, 1 and 5 % of the packets lost, and compares the
 * verdict with the detector's own on the same samples, with the same packets lost and concealed.
 * usage: node packages/media/bench/verdicts.mjs FOLDER   (G.711 or 16-bit files of 8 kHz)
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpeakerDetector } from '@outdial/lsd';
import { MediaEngine } from '@outdial/media';
import { Concealment } from '../dist/codec/concealment.js';
import { G711_CODECS } from '../dist/codec/g711.js';
import { readWav } from '../dist/play/wav.js';

const LOSSES = [0, 1, 5];
const FRAME = 160;
const FRAME_MS = 20;
const TIMEOUT_MS = 5000;
/** After the file, so that the time limit is reached by samples and not by the clock. */
const TAIL_FRAMES = 300;

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: verdicts.mjs FOLDER\n');
  process.exit(2);
}
const files = readdirSync(folder).filter((name) => name.endsWith('.wav'));
const engine = new MediaEngine({ listenHost: '127.0.0.1', ports: { min: 20_000, max: 24_000 }, threads: 1 });
await engine.start();
let differing = 0;
for (const percent of LOSSES) {
  const results = await Promise.all(files.map((name, n) => play(name, n, percent)));
  const other = results.filter(({ call, file }) => call !== file);
  const moved = results.filter(({ call, file, callMs, fileMs }) => call === file && callMs !== fileMs);
  for (const { name, call, file } of other) console.log(`  ${name}: ${file} as a file, ${call} over RTP`);
  console.log(
    `${percent} % lost: ${results.length - other.length} of ${results.length} verdicts the same, ${moved.length} of them at another moment`,
  );
  differing += other.length;
}
await engine.close();
process.exitCode = differing === 0 ? 0 : 1;

/** @param {string} name @param {number} n @param {number} percent */
async function play(name, n, percent) {
  const frames = framesOf(readWav(readFileSync(join(folder, name))));
  // The first packet says where the stream begins, and the last that those before it were lost.
  const isLost = (packet) =>
    packet > 0 && packet < frames.length - 1 && (Math.imul(packet + n, 2_654_435_761) >>> 16) % 100 < percent;
  const file = verdictOf(frames, isLost);
  const session = await engine.open();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await session.setRemote({ address: '127.0.0.1', port, payloadTypes: { pcmu: 0 } });
  const heard = once(session, 'verdict');
  await session.listen({ timeoutMilliseconds: TIMEOUT_MS });
  await session.answered();
  await speak(socket, session.local.port, frames, isLost);
  const [{ verdict }] = await heard;
  await session.close();
  socket.close();
  return {
    name,
    call: told(verdict),
    file: told(file),
    callMs: verdict.decidedAfterMs,
    fileMs: file.decidedAfterMs,
  };
}

/** @param {{ samples: Int16Array }} wav */
function framesOf({ samples }) {
  const count = Math.ceil(samples.length / FRAME) + TAIL_FRAMES;
  return Array.from({ length: count }, (_, n) => {
    const frame = new Int16Array(FRAME);
    frame.set(samples.subarray(n * FRAME, (n + 1) * FRAME));
    return G711_CODECS.pcmu.encode(frame);
  });
}

function verdictOf(frames, isLost) {
  let first = null;
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds: TIMEOUT_MS,
    onEvent: (event) => {
      if (event.type === 'verdict') first ??= event.verdict;
    },
  });
  const concealment = new Concealment();
  for (const [n, encoded] of frames.entries()) {
    const frame = new Int16Array(FRAME);
    G711_CODECS.pcmu.decode(encoded, frame);
    if (isLost(n)) concealment.fill(frame);
    else concealment.heard(frame);
    detector.push(frame);
  }
  return first;
}

/** One packet every 20 ms, by the clock. */
function speak(socket, port, frames, isLost) {
  const startedAt = performance.now();
  let next = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      for (; next < frames.length && next * FRAME_MS <= performance.now() - startedAt; next++)
        if (!isLost(next)) socket.send(packetOf(next, frames[next]), port, '127.0.0.1');
      if (next < frames.length) return;
      clearInterval(timer);
      resolve(undefined);
    }, 5);
  });
}

function packetOf(number, payload) {
  const head = Buffer.alloc(12);
  head.set([0x80, 0]);
  head.writeUInt16BE(number, 2);
  head.writeUInt32BE(number * FRAME, 4);
  head.writeUInt32BE(1, 8);
  return Buffer.concat([head, payload]);
}

function told({ farEndType, kind }) {
  return `${farEndType} ${kind}`;
}
