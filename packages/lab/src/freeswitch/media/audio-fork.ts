import { WebSocket } from 'ws';
import { mixInto } from '../../media/audio-source.js';
import { ForkPlayout } from './fork-playout.js';
import { FrameResampler } from './frame-resampler.js';
import { reasonOf } from './libwebsockets-reason.js';
import type { ReadStream } from './read-stream.js';
import type { WriteStream } from './write-stream.js';

export type MixType = 'mono' | 'mixed' | 'stereo';

export interface AudioForkOptions {
  readonly url: string;
  /** Received audio; received and sent mixed; or received on the left and sent on the right. */
  readonly mix: MixType;
  /** A multiple of 8000. */
  readonly sampleRate: number;
  /** Sent as the first text frame; `''`: none. */
  readonly metadata: string;
  /** `user:password` for HTTP basic authentication, or null. */
  readonly credentials: string | null;
  /** Samples a second of what the server sends to be played, or null: the fork is one-way. */
  readonly playRate: number | null;
  readonly readStream: ReadStream;
  readonly writeStream: WriteStream;
  /** Fires a `mod_audio_fork::` event. */
  readonly report: (event: string, body: string | null) => void;
}

const SUBPROTOCOL = 'audio.drachtio.org';
const CONNECT_TIMEOUT_MS = 10_000;
/** The connection is terminated when the server has not answered our close frame by then. */
const CLOSE_TIMEOUT_MS = 1000;
/** mod_audio_fork buffers this much for a server that does not keep up, and drops what is beyond. */
const BUFFER_SECONDS = 2;

/** Server messages that are passed on as an event, and whether the event carries their `data` or all of them. */
const PASSED_ON: ReadonlyMap<string, 'data' | 'all'> = new Map([
  ['transcription', 'data'],
  ['transfer', 'data'],
  ['disconnect', 'data'],
  ['error', 'data'],
  ['json', 'all'],
]);

/**
 * One media bug of mod_audio_fork: a WebSocket client that sends 16-bit little-endian PCM, a binary frame
 * every 20 ms, and in the two-way mode plays what comes back. It stays attached when the connection fails or drops, until it is
 * stopped; what has come by then is played.
 */
export class AudioFork {
  readonly #options: AudioForkOptions;
  readonly #resamplers: readonly [FrameResampler, FrameResampler];
  #socket: WebSocket | null = null;
  #isPaused = false;
  #isStopped = false;
  #hasOverrun = false;
  #sent: Int16Array = new Int16Array(0);
  readonly #playout: ForkPlayout | null;
  readonly #takeOff: () => void;
  #stopSending = (): void => {};

  constructor(options: AudioForkOptions) {
    this.#options = options;
    this.#resamplers = [new FrameResampler(options.sampleRate), new FrameResampler(options.sampleRate)];
    const { playRate } = options;
    this.#playout =
      playRate === null
        ? null
        : new ForkPlayout(playRate, (name, event) =>
            this.sendText(`{"type": "mark", "data": {"name":"${name}", "event": "${event}"}}`),
          );
    this.#takeOff = this.#attach(options);
  }

  /** Connects, and fires `connect` or `connect_failed`. */
  connect(): void {
    const { url, credentials, report } = this.#options;
    const host = new URL(url).hostname;
    const socket = new WebSocket(url, SUBPROTOCOL, {
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      origin: `http://${host}`,
      headers: {
        Host: host,
        Pragma: 'no-cache',
        'Cache-Control': 'no-cache',
        ...(credentials === null
          ? {}
          : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
    });
    this.#socket = socket;
    // libwebsockets accepts a server that selects no subprotocol; ws does not.
    socket.on('upgrade', ({ headers }) => {
      headers['sec-websocket-protocol'] ??= SUBPROTOCOL;
    });
    let isOpen = false;
    socket.on('open', () => {
      isOpen = true;
      if (!this.#isStopped) this.#start();
    });
    socket.on('message', (data, isBinary) => {
      if (this.#isStopped) return;
      if (isBinary) this.#playout?.take(data as Buffer);
      else this.#receive(String(data));
    });
    socket.on('error', (error) => {
      const reason = reasonOf(error);
      if (!isOpen && !this.#isStopped && reason !== null)
        report('connect_failed', JSON.stringify({ reason }));
    });
    socket.on('close', () => {
      if (isOpen && !this.#isStopped) report('disconnect', null);
      this.#stopSending();
    });
  }

  sendText(text: string): void {
    if (this.#isOpen) this.#socket?.send(text);
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  /** Drops what waits to be played. */
  stopPlay(): void {
    this.#playout?.stopPlay();
  }

  /** Stops sending audio and sends an empty binary frame; the server closes the connection. */
  shutDownGracefully(): void {
    this.#isPaused = true;
    if (this.#isOpen) this.#socket?.send(Buffer.alloc(0));
  }

  /** Sends the text, if any, and closes the connection without an event. */
  stop(text: string | null): void {
    this.#detach();
    if (text !== null) this.sendText(text);
    // Terminating a connection that is not open yet raises an error, which is not reported.
    const socket = this.#socket;
    if (!this.#isOpen) {
      socket?.terminate();
      return;
    }
    socket?.close(1000);
    const timer = setTimeout(() => socket?.terminate(), CLOSE_TIMEOUT_MS);
    socket?.once('close', () => clearTimeout(timer));
  }

  abandon(): void {
    this.#detach();
    this.#socket?.terminate();
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #detach(): void {
    this.#isStopped = true;
    this.#stopSending();
    this.#takeOff();
  }

  /** To what is sent: at once, before it is connected. A bug gets what is sent before it replaces that. */
  #attach({ mix, writeStream }: AudioForkOptions): () => void {
    const playout = this.#playout;
    const take = (sent: Int16Array) => {
      this.#sent = sent;
    };
    const bugs = [
      ...(mix === 'mono' ? [] : [writeStream.subscribe(take)]),
      ...(playout === null ? [] : [writeStream.replace((frame) => playout.dub(frame))]),
    ];
    return () => {
      for (const takeOff of bugs) takeOff();
    };
  }

  #start(): void {
    const { metadata, readStream, report } = this.#options;
    report('connect', null);
    if (metadata !== '') this.sendText(metadata);
    this.#stopSending = readStream.subscribe((received) => this.#send(received));
  }

  #send(received: Int16Array): void {
    const { sampleRate, report } = this.#options;
    const socket = this.#socket;
    if (socket === null || this.#isPaused || !this.#isOpen) return;
    if (socket.bufferedAmount > BUFFER_SECONDS * sampleRate * 2) {
      if (!this.#hasOverrun) report('buffer_overrun', null);
      this.#hasOverrun = true;
      return;
    }
    const pcm = this.#mixed(received);
    socket.send(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength));
  }

  #mixed(received: Int16Array): Int16Array {
    const { mix } = this.#options;
    const [forReceived, forSent] = this.#resamplers;
    if (mix === 'mono') return forReceived.next(received);
    if (mix === 'mixed') {
      const sum = received.slice();
      mixInto(sum, this.#sent);
      return forReceived.next(sum);
    }
    const sent = this.#sent.length === received.length ? this.#sent : new Int16Array(received.length);
    const [left, right] = [forReceived.next(received), forSent.next(sent)];
    return Int16Array.from({ length: left.length * 2 }, (_, i) =>
      i % 2 === 0 ? (left[i / 2] as number) : (right[(i - 1) / 2] as number),
    );
  }

  #receive(text: string): void {
    const message = parseObject(text);
    const type = String(message?.type ?? '');
    if (message !== null) this.#control(type, message);
    const part = PASSED_ON.get(type);
    if (message === null || part === undefined) return;
    this.#options.report(type, JSON.stringify(part === 'all' ? message : (message.data ?? null)));
  }

  /** What the server says about what is played. */
  #control(type: string, { data }: Record<string, unknown>): void {
    if (type === 'killAudio') {
      this.#options.report('kill_audio', null);
      this.#options.writeStream.break();
      this.#playout?.kill();
    } else if (type === 'clearMarks') {
      this.#playout?.clearMarks();
    } else if (type === 'mark') {
      const name = (data as { name?: unknown } | undefined)?.name;
      if (typeof name === 'string') this.#playout?.mark(name);
    }
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
