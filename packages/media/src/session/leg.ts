import type { EarlyMedia, WaitOutcome, WaitParameters } from '@outdial/contract';
import { type CheckedRemote, checkRemote, type Direction, type RemoteDescription } from '../description.js';
import { MediaError, toFailure } from '../errors.js';
import { SoundPlayer } from '../play/player.js';
import type { PlaySource, SoundLibrary } from '../play/sound-library.js';
import { type Quality, qualityOf } from '../quality/quality.js';
import { Recorder, type Sides } from '../record/recorder.js';
import { RtcpReporter } from '../rtcp/reporter.js';
import type { DigitTiming } from '../rtp/digit-sender.js';
import { RtpSender } from '../rtp/sender.js';
import { LegStreams } from '../stream/leg-streams.js';
import type { StreamLimits, StreamOptions, StreamStart } from '../stream/options.js';
import type { StreamResult } from '../stream/words.js';
import type { FrameClock } from '../thread/frame-clock.js';
import { Bridge, type BridgeSide } from './bridge.js';
import { Hearing, type ListenOptions, type Tell } from './hearing.js';
import { Inbound } from './inbound.js';
import { Outbound } from './outbound.js';
import { PeakMeter } from './peak-meter.js';
import { Transport } from './transport.js';
import type { AnswerPosition, PlayResult } from './words.js';

export interface PlayOptions {
  /** How often it is played; `true` is until it is stopped. Default once, or as a tone's own `loops` say. */
  loop?: number | true;
}

export interface RecordOptions {
  /** Default `callee`. */
  sides?: Sides;
}

/** What all legs of a thread share. */
export interface LegSurroundings {
  library: SoundLibrary;
  clock: FrameClock;
  limits: StreamLimits;
  /** By their sessions' numbers. */
  legs: ReadonlyMap<number, Leg>;
}

/** The media of one leg, in its thread: what each method does is told by `MediaSession`. */
export class Leg {
  readonly #tell: Tell;
  readonly #library: SoundLibrary;
  readonly #transport: Transport;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #reporter: RtcpReporter;
  readonly #hearing: Hearing;
  readonly #sender: RtpSender;
  readonly #streams: LegStreams;
  readonly #others: ReadonlyMap<number, Leg>;
  #bridge: Bridge | null = null;
  #remote: CheckedRemote | null = null;
  #held: Direction = 'sendrecv';
  /** Those that run, by their paths. */
  readonly #recorders = new Map<string, Recorder>();
  #meter: PeakMeter | null = null;
  #plays = 0;
  #isClosed = false;

  private constructor(tell: Tell, { library, clock, limits, legs }: LegSurroundings) {
    this.#tell = tell;
    this.#library = library;
    this.#others = legs;
    this.#hearing = new Hearing(tell);
    this.#inbound = new Inbound((digit, atMs) => tell('digit', { digit, atMs }));
    this.#streams = new LegStreams(limits, {
      join: (stream) => {
        this.#inbound.sinks.add(stream);
        this.#outbound.setStream(stream.playOut);
      },
      leave: (stream) => {
        this.#inbound.sinks.delete(stream);
        this.#outbound.setStream(null);
      },
      warn: (stream, warning) => tell('streamWarning', { stream, ...warning }),
    });
    this.#inbound.sinks.add(this.#hearing);
    this.#sender = new RtpSender((packet) => this.#transport.sendRtp(packet));
    this.#outbound = new Outbound(this.#sender, clock);
    this.#outbound.onSent = (encoded, law) => {
      for (const recorder of this.#recorders.values()) recorder.sent(encoded, law);
    };
    this.#reporter = new RtcpReporter(this.#sender, this.#inbound.statistics);
    this.#transport = new Transport(
      this.#inbound,
      (report) => this.#reporter.take(report, now()),
      () => tell('early'),
    );
  }

  /** Binds the sockets. Rejects with `PORTS_EXHAUSTED` when a port is taken, or `ADDRESS_UNUSABLE`. */
  static async open(host: string, port: number, tell: Tell, surroundings: LegSurroundings): Promise<Leg> {
    const leg = new Leg(tell, surroundings);
    await leg.#transport.open(host, port);
    return leg;
  }

  setRemote(description: RemoteDescription): void {
    const remote = checkRemote(description);
    this.#remote = remote;
    this.#transport.configure(remote);
    this.#apply(remote);
    this.#transport.takeAhead();
    if (remote.port !== 0) this.#reporter.start(performance.now());
  }

  hold(direction: Direction): void {
    this.#held = direction;
    if (this.#remote !== null) this.#apply(this.#remote);
  }

  answered(): AnswerPosition {
    return this.#hearing.answered(this.#inbound.positionMs);
  }

  earlyMedia(): EarlyMedia {
    return this.#hearing.earlyMedia;
  }

  listen(options: ListenOptions): void {
    this.#hearing.listen(options);
  }

  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null> {
    return this.#hearing.waitForAnswerMachine(parameters);
  }

  hear(): void {
    this.#hearing.hear();
  }

  /** Tells by `heard` how loud the far end is, for the first seconds of its stream. A second time changes nothing. */
  measure(seconds: number): void {
    if (this.#meter !== null) return;
    const meter = new PeakMeter(
      seconds,
      (heard) => this.#tell('heard', heard),
      () => this.#inbound.sinks.delete(meter),
    );
    this.#meter = meter;
    this.#inbound.sinks.add(meter);
  }

  async play(source: PlaySource, { loop }: PlayOptions): Promise<PlayResult> {
    if (loop !== undefined && loop !== true && !(Number.isInteger(loop) && loop >= 1))
      throw new MediaError('INVALID_OPTIONS', `loop: ${loop} is neither true nor 1 or more`);
    this.stopPlaying();
    const play = this.#plays;
    const result = await this.#playFrom(source, loop, play);
    if (!this.#isClosed) this.#tell('played', result);
    return result;
  }

  stopPlaying(): void {
    this.#plays += 1;
    this.#outbound.stopPlaying();
  }

  /** With another leg of this thread, by its session's number. Rejects with `SESSION_CLOSED` when that is over. */
  bridge(id: number): void {
    const other = this.#others.get(id);
    if (other === undefined || other === this)
      throw new MediaError('SESSION_CLOSED', 'the session to bridge with is over');
    this.unbridge();
    other.unbridge();
    const bridge = new Bridge(this.#side, other.#side);
    this.#bridge = bridge;
    other.#bridge = bridge;
  }

  unbridge(): void {
    this.#bridge?.end();
    this.#bridge = null;
  }

  sendDigits(digits: string, timing: DigitTiming): Promise<void> {
    return this.#outbound.sendDigits(digits, timing);
  }

  /** Records from now on; several may run at once. Resolves once the file is made; rejects with `RECORDING_FAILED`. */
  async record(path: string, { sides = 'callee' }: RecordOptions): Promise<void> {
    if (this.#recorders.has(path))
      throw new MediaError('RECORDING_FAILED', `${path} is being recorded to already`);
    const recorder = new Recorder(path, sides, (result) => {
      this.#forget(recorder);
      this.#tell('recorded', result);
    });
    this.#recorders.set(path, recorder);
    this.#inbound.sinks.add(recorder);
    try {
      await recorder.opened;
    } catch (error) {
      this.#forget(recorder);
      throw new MediaError('RECORDING_FAILED', (error as Error).message, error);
    }
  }

  async stopRecording(path: string): Promise<void> {
    await this.#recorders.get(path)?.stop();
  }

  pauseRecording(path: string): void {
    this.#recorders.get(path)?.pause();
  }

  resumeRecording(path: string): void {
    this.#recorders.get(path)?.resume();
  }

  openStream(id: number, options: StreamOptions): void {
    this.#streams.open(id, options);
  }

  connectStream(id: number): Promise<void> {
    return this.#streams.connect(id);
  }

  startStream(id: number, start: StreamStart): Promise<StreamResult> {
    return this.#streams.start(id, start);
  }

  tellStream(id: number, event: string, values: Record<string, unknown>): void {
    this.#streams.tell(id, event, values);
  }

  stopStream(id: number): void {
    this.#streams.stop(id);
  }

  quality(): Quality {
    const { statistics, jitter, decoder, refused } = this.#inbound;
    return qualityOf({
      received: statistics.received,
      sent: this.#sender.packets,
      refused: refused + this.#transport.refused,
      counts: jitter.counts,
      jitterMs: statistics.jitterMs,
      highestJitterMs: statistics.highestJitterMs,
      waitMs: jitter.wait.ms,
      ptimeMs: this.#remote?.ptimeMs ?? 20,
      roundTripMs: this.#reporter.roundTripMs,
      farEnd: this.#reporter.farEnd,
      heardMs: decoder.heardMs,
    });
  }

  /** Time passes: reports, signs of life, and what waits for packets that do not come. About every 100 ms. */
  sweep(nowMs: number): void {
    this.#inbound.sweep(nowMs);
    this.#outbound.sweep(nowMs);
    this.#streams.sweep(nowMs);
    for (const recorder of this.#recorders.values()) recorder.sweep(nowMs);
    const report = this.#reporter.due({ nowMs, wallMs: Date.now() });
    if (report === null) return;
    this.#transport.sendRtcp(report);
    this.#tell('quality', this.quality());
  }

  /** Ends everything. Resolves with the last figures, once its recordings are on the disk. */
  async close(): Promise<Quality> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#plays += 1;
      this.#streams.close();
      this.unbridge();
      this.#outbound.close();
      this.#inbound.jitter.flush();
      this.#meter?.close();
      this.#hearing.close();
      if (this.#remote !== null && this.#remote.port !== 0)
        this.#transport.sendRtcp(this.#reporter.bye(now()));
      this.#transport.close();
    }
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.stop()));
    return this.quality();
  }

  get #side(): BridgeSide {
    return { inbound: this.#inbound, outbound: this.#outbound };
  }

  #apply(remote: CheckedRemote): void {
    const isOn = remote.port !== 0;
    const [theirs, ours] = [remote.direction, this.#held];
    const isHearing = isOn && (theirs === 'sendrecv' || theirs === 'sendonly') && mayHear(ours);
    const isSending = isOn && (theirs === 'sendrecv' || theirs === 'recvonly') && maySend(ours);
    this.#inbound.configure(remote, isHearing);
    this.#outbound.configure(remote, isSending);
  }

  async #playFrom(source: PlaySource, loop: number | true | undefined, play: number): Promise<PlayResult> {
    try {
      const { sound, loops } = await this.#library.load(source);
      if (play !== this.#plays || this.#isClosed) return { outcome: 'stopped', playedMs: 0 };
      return await this.#outbound.play(new SoundPlayer(sound, loop === true ? 0 : (loop ?? loops)));
    } catch (error) {
      return { outcome: 'failed', playedMs: 0, error: toFailure(error, 'SOURCE_FORMAT') };
    }
  }

  #forget(recorder: Recorder): void {
    this.#inbound.sinks.delete(recorder);
    this.#recorders.delete(recorder.path);
  }
}

function maySend(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function mayHear(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function now() {
  return { nowMs: performance.now(), wallMs: Date.now() };
}
