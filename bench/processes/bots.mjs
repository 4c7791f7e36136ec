import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { serve } from '../child.mjs';
import { clockMs } from '../clock.mjs';

/** Voice bots in a process of their own: each answers a pulse that it hears, and breaks off a long sentence when it is told to. */

const FRAME_SAMPLES = 160;
/** Of mu-law: loud, and not the code of silence. */
const LOUD = 0x10;
const ANSWER_FRAMES = 3;
const SENTENCE_MS = 5000;
/** What a message has in it that holds a pulse: three bytes of it in base64, wherever they lie. */
const PULSE = Buffer.alloc(6, LOUD).toString('base64');

/** @typedef {{ socket: import('ws').WebSocket, streamSid: string, heardAt: number[] }} Stream */

/** By the call that they are of. @type {Map<number, Stream>} */
const streams = new Map();
/** @type {WebSocketServer} */
let server;

serve({
  async start() {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => accept(socket));
    await once(server, 'listening');
    return {
      url: `ws://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`,
    };
  },
  /** When each pulse was heard, and so answered, by call, since this was last asked. */
  heard() {
    const heard = [...streams].map(([call, { heardAt }]) => ({ call, heardAt }));
    for (const stream of streams.values()) stream.heardAt = [];
    return heard;
  },
  /** Each begins a sentence. */
  speak() {
    for (const stream of streams.values()) say(stream, SENTENCE_MS / 20);
  },
  /** Each breaks off; resolves with when, by call. */
  clear() {
    return [...streams].map(([call, { socket, streamSid }]) => {
      socket.send(JSON.stringify({ event: 'clear', streamSid }));
      return { call, at: clockMs() };
    });
  },
  close() {
    for (const client of server.clients) client.terminate();
    server.close();
  },
});

/** @param {import('ws').WebSocket} socket */
function accept(socket) {
  /** @type {Stream | null} */
  let stream = null;
  let call = -1;
  socket.on('message', (/** @type {Buffer} */ data) => {
    if (stream === null) {
      const { event, start } = JSON.parse(String(data));
      if (event !== 'start') return;
      stream = { socket, streamSid: start.streamSid, heardAt: [] };
      call = Number(start.callSid);
      streams.set(call, stream);
      return;
    }
    // A bot that spoke at every frame would measure how its own jitter adds up. Messages are not read any further: these bots
    // share the cores with what is measured.
    if (!data.includes(PULSE)) return;
    stream.heardAt.push(clockMs());
    say(stream, ANSWER_FRAMES);
  });
  socket.on('close', () => {
    if (streams.get(call) === stream) streams.delete(call);
  });
}

/** @param {Stream} stream @param {number} frames */
function say({ socket, streamSid }, frames) {
  const payload = Buffer.alloc(FRAME_SAMPLES * frames, LOUD).toString('base64');
  socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
}
