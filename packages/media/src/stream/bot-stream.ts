import { randomBytes } from 'node:crypto';
import { Concealment } from '../codec/concealment.js';
import { SAMPLES_A_MS } from '../codec/g711.js';
import { MediaError, toFailure } from '../errors.js';
import type { AudioSink } from '../session/audio-sink.js';
import { BotConnection } from './connection.js';
import { formatOf, type StreamFormat } from './format.js';
import { invalid, readBotMessage } from './messages.js';
import { type CheckedStream, nameOf, type StreamLimits, type StreamStart } from './options.js';
import { type EchoedMark, PlayOut } from './play-out.js';
import type { StreamFigures, StreamResult, StreamWarning } from './words.js';

const FRAME = 160;
/** While so much waits for a bot to read it, its audio is left out: about 2 s of JSON, beside what the sockets hold. */
const SLOW_BYTES = 32 * 1024;
/** A bot that leaves so much unread (marks of its own, say) is given up. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
/** A bot that has closed is still played for so long at most; a far end on hold would keep it for ever. */
const DRAIN_EXTRA_MS = 5000;

/** What a stream does to its leg. */
export interface StreamLeg {
  /** It is live: gets the far end's audio, and its own is played. */
  join(stream: BotStream): void;
  leave(stream: BotStream): void;
  warn(warning: StreamWarning): void;
}

/** One way to a bot: the connection, which may be opened long before it is needed, and the stream on it. */
export class BotStream implements AudioSink {
  readonly streamSid = `MZ${randomBytes(16).toString('hex')}`;
  readonly playOut: PlayOut;
  readonly #options: CheckedStream;
  readonly #limits: StreamLimits;
  readonly #leg: StreamLeg;
  readonly #format: StreamFormat;
  readonly #concealment = new Concealment();
  #connecting: Promise<BotConnection> | null = null;
  #connection: BotConnection | null = null;
  readonly #abort = new AbortController();
  #start: StreamStart | null = null;
  #end: ((result: StreamResult) => void) | null = null;
  #hasBegun = false;
  /** What is to be told once it has begun. */
  #untold: Array<[event: string, values: Record<string, unknown>]> = [];
  #draining: NodeJS.Timeout | undefined;
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #sequence = 0;
  #chunks = 0;
  #samples = 0;
  #skippedSamples = 0;
  readonly #warned = new Set<StreamWarning['code']>();

  constructor(options: CheckedStream, limits: StreamLimits, leg: StreamLeg) {
    this.#options = options;
    this.#limits = limits;
    this.#leg = leg;
    this.#format = formatOf(options);
    this.playOut = new PlayOut(limits.bufferSeconds, (mark) => this.#echo(mark));
  }

  /** Connects, unless it is connected. Rejects with `STREAM_REFUSED`, `STREAM_UNREACHABLE` or `SESSION_CLOSED`. */
  async connect(): Promise<void> {
    this.#connecting ??= this.#connect();
    await this.#connecting;
  }

  /**
   * The bot takes part from now on. Connects first where that has not been done, and again where that connection was
   * lost before it was needed. Resolves with how the stream has ended.
   */
  async start(start: StreamStart): Promise<StreamResult> {
    if (this.#start !== null) throw new MediaError('INVALID_OPTIONS', 'the stream was started before');
    this.#start = start;
    return await new Promise((resolve) => {
      this.#end = resolve;
      this.connect().then(
        () => this.#begin(start),
        (error) => this.#fail(error),
      );
    });
  }

  /** Ends it: the bot is told `stop`. */
  stop(): void {
    if (this.#isOver) return;
    if (this.#isLive) this.#tell('stop', { stop: this.#ids });
    this.#finish({ outcome: 'stopped', ...this.#figures });
  }

  /** Tells the bot something beside the audio, after its `start`; it has no effect before that was asked for. */
  tell(event: string, values: Record<string, unknown>): void {
    if (this.#isLive) this.#tell(event, values);
    else if (this.#start !== null && !this.#hasBegun) this.#untold.push([event, values]);
  }

  audio(pcm: Int16Array): void {
    this.#concealment.heard(pcm);
    this.#give(pcm);
  }

  lost(samples: number): void {
    const part = new Int16Array(samples);
    this.#concealment.fill(part);
    this.#give(part);
  }

  quiet(pcm: Int16Array): void {
    this.#give(pcm);
  }

  sweep(nowMs: number): void {
    this.#connection?.sweep(nowMs);
  }

  get #isLive(): boolean {
    return this.#hasBegun && this.#connection !== null;
  }

  get #ids(): { accountSid: string; callSid: string } {
    const { accountSid, callSid } = this.#start as StreamStart;
    return { accountSid, callSid };
  }

  get #figures(): StreamFigures {
    const { playedMs, clearedMs, droppedMs } = this.playOut;
    const skippedMs = Math.round(this.#skippedSamples / SAMPLES_A_MS);
    const sentMs = Math.round(this.#samples / SAMPLES_A_MS) - skippedMs;
    return { streamSid: this.streamSid, sentMs, skippedMs, playedMs, clearedMs, droppedMs };
  }

  async #connect(): Promise<BotConnection> {
    try {
      const connection = await BotConnection.open(
        this.#options,
        this.#limits,
        {
          onMessage: (data, isBinary) => this.#take(data, isBinary),
          onClosed: (error) => this.#lost(error),
        },
        this.#abort.signal,
      );
      if (this.#isOver) {
        connection.close();
        throw new MediaError('SESSION_CLOSED');
      }
      if (connection.isOver) throw new MediaError('STREAM_LOST', `the bot at ${this.#name} closed at once`);
      this.#connection = connection;
      connection.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
      return connection;
    } catch (error) {
      this.#connecting = null;
      throw error;
    }
  }

  #begin(start: StreamStart): void {
    if (this.#isOver) return;
    this.#hasBegun = true;
    const { streamSid } = this;
    const { customParameters = {} } = start;
    const { mediaFormat } = this.#format;
    this.#tell('start', {
      start: { streamSid, ...this.#ids, tracks: ['inbound'], customParameters, mediaFormat },
    });
    for (const [event, values] of this.#untold.splice(0)) this.#tell(event, values);
    this.#leg.join(this);
  }

  /** Every message but `connected` and binary audio has a number and the stream's id. */
  #tell(event: string, values: Record<string, unknown>): void {
    this.#sequence += 1;
    const head = { event, sequenceNumber: String(this.#sequence), streamSid: this.streamSid };
    this.#connection?.send(JSON.stringify({ ...head, ...values }));
    if ((this.#connection?.waitingBytes ?? 0) > UNREAD_BYTES_MAX)
      this.#connection?.fail(new MediaError('STREAM_LOST', `the bot at ${this.#name} does not read`));
  }

  /** Cuts the far end's audio into frames of 20 ms. */
  #give(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; ) {
      const part = pcm.subarray(at, at + FRAME - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < FRAME) return;
      this.#filled = 0;
      this.#sendFrame();
    }
  }

  #sendFrame(): void {
    const connection = this.#connection;
    if (connection === null || !this.#isLive) return;
    const timestamp = this.#samples / SAMPLES_A_MS;
    this.#samples += FRAME;
    // Encoded in any case: the filter of 16 kHz goes on.
    const audio = this.#format.encode(this.#frame);
    if (connection.waitingBytes > SLOW_BYTES) {
      this.#skippedSamples += FRAME;
      this.#warn('BOT_READS_SLOWLY', `the bot at ${this.#name} reads too slowly, and misses audio`);
      return;
    }
    if (this.#format.isBinary) {
      connection.send(audio);
      return;
    }
    this.#sequence += 1;
    this.#chunks += 1;
    // Sent 50 times a second and call: nothing in it needs to be escaped.
    connection.send(
      `{"event":"media","sequenceNumber":"${this.#sequence}","streamSid":"${this.streamSid}","media":{"track":"inbound","chunk":"${this.#chunks}","timestamp":"${timestamp}","payload":"${audio.toString('base64')}"}}`,
    );
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      if (!this.#format.isBinary) throw invalid('it is binary');
      if (this.#isLive) this.#play(data);
      return;
    }
    const message = readBotMessage(data.toString(), this.streamSid);
    // It may be up while the call rings, and nothing that is said then is heard.
    if (!this.#isLive) return;
    switch (message.event) {
      case 'media':
        if (this.#format.isBinary) throw invalid('audio of l16 comes in binary messages');
        this.#play(message.payload);
        return;
      case 'mark':
        if (!this.playOut.mark(message.name)) throw invalid('too many marks wait');
        return;
      case 'clear':
        this.playOut.clear();
        return;
      default:
        this.#warn('UNKNOWN_MESSAGE', `the bot at ${this.#name} sent an unknown "${message.name}"`);
    }
  }

  #play(audio: Buffer): void {
    if (this.playOut.push(this.#format.decode(audio))) return;
    const { bufferSeconds } = this.#limits;
    const message = `the bot at ${this.#name} is more than ${bufferSeconds} s ahead; what is beyond was dropped`;
    this.#warn('BUFFER_FULL', message);
  }

  #echo({ name, played, cleared }: EchoedMark): void {
    this.tell('mark', { mark: { name, played, cleared } });
  }

  #warn(code: StreamWarning['code'], message: string): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.#leg.warn({ code, message });
  }

  /** The bot has closed, or was lost. Before the start that changes nothing: the start connects again. */
  #lost(error: MediaError | null): void {
    this.#connection = null;
    this.#connecting = null;
    if (!this.#hasBegun) return;
    if (error !== null) {
      this.#fail(error);
      return;
    }
    // Its last words are still played.
    const finish = () => this.#finish({ outcome: 'closed', ...this.#figures });
    const waitingMs = this.#limits.bufferSeconds * 1000 + DRAIN_EXTRA_MS;
    this.#draining = setTimeout(finish, waitingMs);
    this.playOut.drain(finish);
  }

  #fail(error: unknown): void {
    this.#finish({ outcome: 'failed', error: toFailure(error, 'STREAM_LOST'), ...this.#figures });
  }

  #finish(result: StreamResult): void {
    if (this.#isOver) return;
    this.#abort.abort();
    clearTimeout(this.#draining);
    this.#connection?.close();
    this.#connection = null;
    this.#leg.leave(this);
    this.#end?.(result);
  }

  get #isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  get #name(): string {
    return nameOf(this.#options.url);
  }
}
