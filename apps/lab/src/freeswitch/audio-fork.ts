import { WebSocket } from 'ws';
import { mixInto } from '../media/audio-source.js';
import { SAMPLE_RATE } from '../media/frame-clock.js';
import type { Ear } from './ear.js';
import { FrameResampler } from './frame-resampler.js';
import type { Mouth } from './mouth.js';

export type MixType = 'mono' | 'mixed' | 'stereo';

export interface AudioForkOptions {
  readonly url: string;
  /** What is heard; heard and said in one; or heard on the left and said on the right. */
  readonly mix: MixType;
  /** A multiple of 8000. */
  readonly sampleRate: number;
  /** Sent as the first text frame; `''` for none. */
  readonly metadata: string;
  /** `user:password` for HTTP basic authentication, or null. */
  readonly credentials: string | null;
  readonly ear: Ear;
  readonly mouth: Mouth;
  /** Tells of a `mod_audio_fork::` event. */
  readonly report: (event: string, body: string | null) => void;
}

const SUBPROTOCOL = 'audio.drachtio.org';
const CONNECT_TIMEOUT_MS = 10_000;
/** A server that does not answer our close frame is cut off after this. */
const CLOSE_TIMEOUT_MS = 1000;
/** mod_audio_fork buffers this much when the server does not keep up, then throws it away. */
const BUFFER_SECONDS = 2;

/** The messages from the server that only become an event, and whether the event carries the `data` or all of it. */
const PASSED_ON: ReadonlyMap<string, 'data' | 'all'> = new Map([
  ['transcription', 'data'],
  ['transfer', 'data'],
  ['disconnect', 'data'],
  ['error', 'data'],
  ['json', 'all'],
]);

/**
 * One media bug of mod_audio_fork: a WebSocket client that is sent 16-bit little-endian PCM, a binary frame every
 * 20 ms. It stays attached when the connection fails or is dropped, until it is stopped.
 */
export class AudioFork {
  readonly #options: AudioForkOptions;
  readonly #resamplers: readonly [FrameResampler, FrameResampler];
  #socket: WebSocket | null = null;
  #isPaused = false;
  #isStopped = false;
  #hasOverrun = false;
  #said: Int16Array = new Int16Array(0);
  #stopListening = (): void => {};

  constructor(options: AudioForkOptions) {
    this.#options = options;
    this.#resamplers = [new FrameResampler(options.sampleRate), new FrameResampler(options.sampleRate)];
  }

  /** Connects; `connect` or `connect_failed` tells how it went. */
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
    // libwebsockets takes a server that selects no subprotocol; ws would not.
    socket.on('upgrade', ({ headers }) => {
      headers['sec-websocket-protocol'] ??= SUBPROTOCOL;
    });
    let isOpen = false;
    socket.on('open', () => {
      isOpen = true;
      if (!this.#isStopped) this.#start();
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && !this.#isStopped) this.#receive(String(data));
    });
    socket.on('error', (error) => {
      const reason = reasonOf(error);
      if (!isOpen && !this.#isStopped && reason !== null)
        report('connect_failed', JSON.stringify({ reason }));
    });
    socket.on('close', () => {
      if (isOpen && !this.#isStopped) report('disconnect', null);
      this.#stopListening();
    });
  }

  sendText(text: string): void {
    if (this.#isOpen) this.#socket?.send(text);
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  /** No more audio, and an empty binary frame to say so; the connection is the server's to close. */
  shutDownGracefully(): void {
    this.#isPaused = true;
    if (this.#isOpen) this.#socket?.send(Buffer.alloc(0));
  }

  /** Sends the text, if any, and closes the connection; no event tells of it. */
  stop(text: string | null): void {
    this.#detach();
    if (text !== null) this.sendText(text);
    // One that is not yet open is torn down, which is an error to it, and that nobody is to hear.
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
    this.#stopListening();
  }

  #start(): void {
    const { metadata, mix, ear, mouth, report } = this.#options;
    report('connect', null);
    if (metadata !== '') this.sendText(metadata);
    const stopHearing = ear.listen((heard) => this.#send(heard));
    const stopOverhearing =
      mix === 'mono'
        ? () => {}
        : mouth.overhear((said) => {
            this.#said = said;
          });
    this.#stopListening = () => {
      stopHearing();
      stopOverhearing();
    };
  }

  #send(heard: Int16Array): void {
    const { sampleRate, report } = this.#options;
    const socket = this.#socket;
    if (socket === null || this.#isPaused || !this.#isOpen) return;
    if (socket.bufferedAmount > BUFFER_SECONDS * sampleRate * 2) {
      if (!this.#hasOverrun) report('buffer_overrun', null);
      this.#hasOverrun = true;
      return;
    }
    const pcm = this.#mixed(heard);
    socket.send(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength));
  }

  #mixed(heard: Int16Array): Int16Array {
    const { mix } = this.#options;
    const [forHeard, forSaid] = this.#resamplers;
    if (mix === 'mono') return forHeard.next(heard);
    if (mix === 'mixed') {
      const sum = heard.slice();
      mixInto(sum, this.#said);
      return forHeard.next(sum);
    }
    const said = this.#said.length === heard.length ? this.#said : new Int16Array(heard.length);
    const [left, right] = [forHeard.next(heard), forSaid.next(said)];
    return Int16Array.from({ length: left.length * 2 }, (_, i) =>
      i % 2 === 0 ? (left[i / 2] as number) : (right[(i - 1) / 2] as number),
    );
  }

  #receive(text: string): void {
    const message = parseObject(text);
    const type = String(message?.type ?? '');
    if (type === 'killAudio') {
      this.#options.report('kill_audio', null);
      this.#options.mouth.break();
    }
    const part = PASSED_ON.get(type);
    if (message === null || part === undefined) return;
    this.#options.report(type, JSON.stringify(part === 'all' ? message : (message.data ?? null)));
  }
}

/** Sample rates that mod_audio_fork takes. */
export function isSampleRate(rate: number): boolean {
  return rate > 0 && rate % SAMPLE_RATE === 0;
}

/** libwebsockets' words for what went wrong; null where mod_audio_fork tells nobody. */
function reasonOf(error: Error & { code?: string }): string | null {
  if (/Unexpected server response: 401/.test(error.message)) return 'HS: ws upgrade unauthorized';
  if (/Unexpected server response/.test(error.message)) return 'HS: ws upgrade response not 101';
  if (/handshake has timed out/.test(error.message)) return 'Timed out waiting server reply';
  if (error.code === 'ECONNREFUSED') return 'conn fail: 111';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return null;
  return 'read failed';
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
