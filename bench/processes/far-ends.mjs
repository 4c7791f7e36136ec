import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { serve } from '../child.mjs';
import { clockMs } from '../clock.mjs';
import { Keypad } from '../keypad.mjs';
import { packetOf } from '../rtp-packet.mjs';

/** The far ends of media sessions, in a process of their own: they speak to, and listen to, sessions by the hundred. */

const SOCKETS = 8;
const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const PRESS_EVERY_MS = 100;
const EVENTS = 101;
/** Of packets that are only echoed. */
const ECHOED = 3;
/** Of mu-law: a pulse, and silence. */
const LOUD = 0x10;
const SILENCE = 0xff;
const PULSE_EVERY_FRAMES = 25;

/** @type {import('node:dgram').Socket[]} */
let sockets = [];
/** Arrivals by SSRC, while somebody listens. @type {Map<number, number[]> | null} */
let arrivals = null;
/** What came of `talk`, while it goes on. @type {Talk | null} */
let talked = null;
/** When a loud packet came, by the port that sent it, while somebody follows. @type {Map<number, number[]> | null} */
let loud = null;

serve({
  async start() {
    sockets = await Promise.all(Array.from({ length: SOCKETS }, openSocket));
    return { ports: sockets.map((socket) => socket.address().port) };
  },
  speak,
  press,
  listen() {
    arrivals = new Map();
  },
  heard() {
    const streams = [...(arrivals ?? new Map()).values()];
    arrivals = null;
    return streams;
  },
  pulse,
  talk,
  keys,
  follow() {
    loud = new Map();
  },
  followed() {
    const followed = [...(loud ?? new Map())];
    loud = null;
    return followed;
  },
  close() {
    for (const socket of sockets) socket.close();
  },
});

async function openSocket() {
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
  // Without a real look-up, it listens within `bind`.
  const listening = once(socket, 'listening');
  socket.bind(0, '127.0.0.1');
  await listening;
  socket.setRecvBufferSize(4_000_000);
  socket.on('message', (packet, { port }) => {
    if (loud !== null && packet[1] === 0 && packet.includes(LOUD, 12)) {
      const times = loud.get(port);
      if (times === undefined) loud.set(port, [clockMs()]);
      else times.push(clockMs());
    }
    if (talked !== null && packet[1] === ECHOED) talked.echoedMs.push(clockMs() - packet.readDoubleBE(12));
    if (talked !== null && packet[1] !== undefined && (packet[1] & 0x7f) === 0) note(talked, packet);
    if (arrivals === null || (packet[1] ?? 0) >= 200) return;
    const ssrc = packet.readUInt32BE(8);
    const times = arrivals.get(ssrc);
    if (times === undefined) arrivals.set(ssrc, [clockMs()]);
    else times.push(clockMs());
  });
  return socket;
}

/**
 * Speaks the frames to all ports, paced by the clock, the ports spread over the 20 ms.
 * @param {{ ports: number[], frames: string[], seconds: number }} what frames in base64
 */
async function speak({ ports, frames, seconds }) {
  const speech = frames.map((frame) => Buffer.from(frame, 'base64'));
  await paced(ports.length, (seconds * 1000) / FRAME_MS, (n, frame) =>
    send(n, ports[n] ?? 0, packetOf(n + 1, frame, 0, speech[frame % speech.length])),
  );
}

/**
 * Is silent to all ports, but for a pulse of a frame now and then unless `isSilent`; resolves with when each was sent, by port.
 * @param {{ ports: number[], seconds: number, isSilent?: boolean }} what
 * @returns {Promise<Array<[port: number, sentAt: number[]]>>}
 */
async function pulse({ ports, seconds, isSilent = false }) {
  const [silence, sound] = [SILENCE, LOUD].map((code) => Buffer.alloc(FRAME_SAMPLES, code));
  const sentAt = new Map(ports.map((port) => [port, /** @type {number[]} */ ([])]));
  await paced(ports.length, (seconds * 1000) / FRAME_MS, (n, frame) => {
    const port = ports[n] ?? 0;
    // Those of different calls at different times.
    const isPulse = !isSilent && frame % PULSE_EVERY_FRAMES === n % PULSE_EVERY_FRAMES;
    if (isPulse) sentAt.get(port)?.push(clockMs());
    send(n, port, packetOf(n + 1, frame, 0, isPulse ? sound : silence));
  });
  return [...sentAt];
}

/** @typedef {{ delaysMs: number[], echoedMs: number[], streams: Map<number, { sequence: number, timestamp: number, breaks: number }> }} Talk */

/**
 * Talks to all ports, each of which is one of two that are bridged, in packets that say when they were sent. Resolves with how
 * many were, how long each took that came back by the other, and how often a stream that came was broken: a number left out, or
 * timestamps that do not follow. As many more go to `echoPort`, where there is one, and come back from there.
 * @param {{ ports: number[], seconds: number, echoPort?: number }} what
 */
async function talk({ ports, seconds, echoPort }) {
  talked = { delaysMs: [], echoedMs: [], streams: new Map() };
  const frames = (seconds * 1000) / FRAME_MS;
  await paced(ports.length, frames, (n, frame) => {
    send(n, ports[n] ?? 0, packetOf(n + 1, frame, 0, timed()));
    if (echoPort !== undefined) send(n, echoPort, packetOf(n + 1, frame, ECHOED, timed()));
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { delaysMs, echoedMs, streams } = talked;
  talked = null;
  const breaks = [...streams.values()].reduce((sum, stream) => sum + stream.breaks, 0);
  return { sent: ports.length * frames, delaysMs, echoedMs, breaks };
}

/** A payload that says when it was sent. */
function timed() {
  const payload = Buffer.alloc(FRAME_SAMPLES, SILENCE);
  payload.writeDoubleBE(clockMs(), 0);
  return payload;
}

/** @param {Talk} talk @param {Buffer} packet */
function note({ delaysMs, streams }, packet) {
  const delayMs = clockMs() - packet.readDoubleBE(12);
  // A sign of life of the session says no time.
  const [sequence, timestamp, ssrc] = [
    packet.readUInt16BE(2),
    packet.readUInt32BE(4),
    packet.readUInt32BE(8),
  ];
  const stream = streams.get(ssrc);
  if (Number.isFinite(delayMs) && delayMs >= 0 && delayMs < 60_000) delaysMs.push(delayMs);
  if (stream === undefined) {
    streams.set(ssrc, { sequence, timestamp, breaks: 0 });
    return;
  }
  const follows =
    ((sequence - stream.sequence) & 0xffff) === 1 && ((timestamp - stream.timestamp) | 0) >= FRAME_SAMPLES;
  Object.assign(stream, { sequence, timestamp, breaks: stream.breaks + (follows ? 0 : 1) });
}

/**
 * Presses sequences of keys to each port; resolves with what was pressed to each.
 * @param {{ ports: number[], losses: number[], sequences: number, seed: number }} what losses in percent
 */
async function keys({ ports, losses, sequences, seed }) {
  const pads = ports.map((_, n) => new Keypad(n + 1, sequences, losses[n] ?? 0, seed + n));
  const frames = Math.max(...pads.map((pad) => pad.frames));
  await paced(ports.length, frames, (n) => {
    for (const packet of pads[n]?.next() ?? []) send(n, ports[n] ?? 0, packet);
  });
  return pads.map(({ pressed }) => pressed);
}

/**
 * Calls back once every 20 ms for each of `count`, which are spread over that time.
 * @param {number} count
 * @param {number} frames
 * @param {(n: number, frame: number) => void} act
 */
async function paced(count, frames, act) {
  const next = new Array(count).fill(0);
  const startedAt = performance.now();
  await every(1, () => {
    const now = performance.now() - startedAt;
    for (let n = 0; n < count; n++)
      for (; next[n] < frames && (next[n] + n / count) * FRAME_MS <= now; next[n]++) act(n, next[n]);
    return next.some((frame) => frame < frames);
  });
}

/**
 * Presses the key 1 to each port, over and over; resolves with when each press was sent.
 * @param {{ ports: number[], seconds: number }} what
 * @returns {Promise<number[][]>} of each port, on the clock that all processes share
 */
async function press({ ports, seconds }) {
  /** @type {number[][]} */
  const sentAt = ports.map(() => []);
  const presses = (seconds * 1000) / PRESS_EVERY_MS;
  const payload = Buffer.from([1, 0x80, 0, 160]);
  let next = 0;
  await every(PRESS_EVERY_MS, () => {
    for (const [n, port] of ports.entries()) {
      sentAt[n]?.push(clockMs());
      send(n, port, packetOf(1000 + n, next, EVENTS, payload, 800));
    }
    next += 1;
    return next < presses;
  });
  return sentAt;
}

/** @param {number} ms @param {() => boolean} act false: no more */
function every(ms, act) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (act()) return;
      clearInterval(timer);
      resolve(undefined);
    }, ms);
  });
}

/** @param {number} n @param {number} port @param {Buffer} packet */
function send(n, port, packet) {
  sockets[n % SOCKETS]?.send(packet, port, '127.0.0.1');
}
