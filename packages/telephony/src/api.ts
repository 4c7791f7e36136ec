import type {
  CallError,
  CallJob,
  CallQuality,
  CapturedSip,
  EarlyMedia,
  HeardPeaks,
  LegEvent,
  LiveSpeakerDetectMode,
  NetworkTone,
  TraceContext,
  Verdict,
  WaitOutcome,
  WaitParameters,
  Whereabouts,
} from '@outdial/contract';
import type { Sides, StreamFigures, StreamOptions } from '@outdial/media';

export type BotOptions = StreamOptions;

/** The parts of a call job that a dial needs. `callTo` is in the contract's normal form. */
export interface DialRequest {
  jobId: string;
  callTo: string;
  callFrom?: string | undefined;
  /** The display name beside the caller id. */
  callerName?: string | undefined;
  /** Whether the callee is not to see the caller id (RFC 3323). */
  anonymous?: boolean | undefined;
  /** `g711a;g711u`, offered in that order; absent: the configuration's `defaultCodecs`. */
  codecs?: string | null | undefined;
  /** What its plan may play: another maker of media takes the call where the preferred one cannot. Default: nothing. */
  sources?: readonly string[] | undefined;
  /** Whether what is heard before the answer may end the call, so that the media has to hear it. Default: no. */
  hangsUpEarly?: boolean | undefined;
  /** The trunk's name; absent: the first trunk that takes the number. */
  trunk?: string | undefined;
  headers: CallJob['headers'];
  /** The trace that it belongs to, for the headers of INVITEs to where those are wanted. Absent: none. */
  traceContext?: TraceContext | undefined;
  /** The addresses of the voice bots that it may be connected to. */
  bots?: readonly string[] | undefined;
  /** A leg that it is to be bridged with: its media is made where that one's is. */
  beside?: Leg | undefined;
  /** Seconds after which the caller will cancel; absent or null: no limit. Sent to the callee as `Expires`. */
  secondsTimeout?: number | null | undefined;
}

/** A leg with its route, its server and its media, ready to be dialled. Call `dial` or `discard`, once. */
export interface PreparedDial {
  readonly whereabouts: Whereabouts;
  /** Resolves when the INVITE may be sent without overloading the server, or when the signal aborts. Await it first. */
  turn(signal?: AbortSignal): Promise<void>;
  /**
   * Sends the INVITE, unless `mayLeave` (called right before; default: always true) returns false: then `rejected` with
   * an error is the only event. No event comes before this returns.
   */
  dial(onEvent: (event: LegEvent) => void, mayLeave?: () => boolean): Leg;
  /** Gives back what was reserved, without dialling. */
  discard(): Promise<void>;
}

/** The callee's audio: 8 kHz 16-bit mono, as it comes (usually 20 ms a frame). */
export type OnFrame = (pcm: Int16Array) => void;

/** `listening: false`: no audio comes, for the reason in `message`; the call itself continues. */
export type ListenResult = { listening: true } | { listening: false; message: string };

/** The callee's audio itself, for media that have no detector: FreeSWITCH's. */
export interface AudioFrames {
  readonly gives: 'frames';
  /**
   * Delivers the callee's audio (only) from now on; resolves once audio can come. `onStopped` is called when a stream that
   * had started ended by itself, `onLost` when audio that the callee sent was dropped on its way here. Audio comes once media
   * is connected, early media too.
   */
  listen(onFrame: OnFrame, onStopped?: (message: string) => void, onLost?: () => void): Promise<ListenResult>;
  stopListening(): void;
  /** Tells how loud the callee is while it is listened to, for the first seconds of that. */
  measure(seconds: number, onHeard: (heard: HeardPeaks) => void): void;
}

export interface DetectionTerms {
  mode: LiveSpeakerDetectMode;
  timeoutMilliseconds: number;
}

/** Takes what is heard before the answer. */
export interface EarlyMediaListener {
  /** A network tone; one that goes on is told once. */
  onTone(tone: NetworkTone): void;
  /** A mailbox has greeted and beeped. */
  onMailbox(): void;
}

/** What is told of the callee by media that have a detector of their own: the worker's. No audio is handed over. */
export interface DetectorWords {
  readonly gives: 'words';
  /** Tells what is heard before the answer, once early media is connected. */
  hearEarly(heard: EarlyMediaListener): void;
  /**
   * Detects the speaker; verdicts count from the answer. A verdict within the time limit; later ones revise it. `lostMs`: how much
   * of the audio up to then was lost, in milliseconds.
   */
  detect(
    terms: DetectionTerms,
    onVerdict: (verdict: Verdict, isRevised: boolean, lostMs: number) => void,
  ): void;
  /** Resolves with whether a message may be left, once that is known; with null when the call ended first. Never rejects. */
  waitForAnswerMachine(parameters: WaitParameters): Promise<WaitOutcome | null>;
  /** Calls back when the callee begins, or ceases, to speak. Returns a function that ends it. */
  onSpeech(listener: (isSpeaking: boolean) => void): () => void;
  /** Whether the callee speaks now, as far as it is heard. */
  readonly isSpeaking: boolean;
  /** Tells how loud the callee's side is, early media included, for the first seconds of it. */
  measure(seconds: number, onHeard: (heard: HeardPeaks) => void): void;
  /** Tells no more verdicts. */
  stop(): void;
}

/** How the callee is heard. */
export type Hearing = AudioFrames | DetectorWords;

/** How playing ended; `stopped`: by `stopPlaying`, or because the call ended. */
export type PlayEnd = { outcome: 'finished' | 'stopped' } | { outcome: 'failed'; message: string };

/** How long a digit sounds, and the silence after it, in ms. */
export interface DigitTiming {
  durationMs: number;
  gapMs: number;
}

/** How sending a digit ended; `stopped`: the call ended. */
export type SendEnd = PlayEnd;

/** How a recording ended. */
export interface RecordingEnd {
  /** Null: unknown, since what recorded it was lost. */
  durationMs: number | null;
  /** Why it is not complete; null: it is. */
  problem: string | null;
}

/** What a recording holds: the callee alone (one channel), or the callee left and our side right. */
export type RecordedSides = Sides;

/** A recording that has begun. */
export interface LegRecording {
  /** Resolves when it has ended: by `stop`, with the call, or because it could not go on. Never rejects. */
  readonly ended: Promise<RecordingEnd>;
  stop(): void;
  /** From now on it holds silence. */
  pause(): void;
  resume(): void;
}

/** What went through a voice bot's stream, in ms of audio, and its id. */
export type BotFigures = StreamFigures;

/** How the stream of a voice bot ended; `stopped`: by `stop`, or because the call ended. */
export type BotEnd =
  | { outcome: 'closed' | 'stopped'; figures: BotFigures }
  | { outcome: 'failed'; error: CallError; figures: BotFigures };

/** A voice bot of a leg. */
export interface Bot {
  /** Connects to it, for a later `start`, which connects again where this fails. Never rejects. */
  connect(): void;
  /** The bot and the callee hear each other from now on. Resolves when that has ended; never rejects. */
  start(customParameters: Record<string, string>): Promise<BotEnd>;
  /** Tells it of a key that the callee has pressed. */
  digit(digit: string): void;
  /** Tells it something beside the audio, after its `start`: an event of this name. No effect before that was asked for, or once it has gone. */
  tell(event: string, values: Record<string, unknown>): void;
  /** Ends it. */
  stop(): void;
}

/** A far end that is asked to go on with another. */
export interface TransferRequest {
  /** Whom it is to call, in the contract's normal form; it is asked in the words of the route to it. */
  to: string;
  /** Headers of the REFER. */
  headers: Readonly<Record<string, string>>;
  /** Milliseconds from the REFER to the end of the transfer. */
  withinMs: number;
  /** A leg that is up with `to`, whose place it is to take (RFC 3891). */
  replaces?: Leg | undefined;
}

/**
 * How a transfer ended. `refused`: the far end did not take the REFER. `failed`: it tells that it did not reach the target.
 * `timeout`: it has told nothing final in time. `stopped`: the leg was over, or the signal aborted, first.
 */
export type TransferEnd =
  | { outcome: 'finished' | 'timeout' | 'stopped' }
  | { outcome: 'refused' | 'failed'; status: number | null; message: string };

/** One leg and its media. Commands never throw; a command that comes too late has no effect. */
export interface Leg {
  readonly whereabouts: Whereabouts;
  /**
   * Whether its terminal event came and nothing of it is left on the telephone network. False after a terminal event means
   * that its servers have not confirmed its end yet; the leg keeps ending it in the background.
   */
  readonly isGone: boolean;
  /**
   * After the terminal event: resolves with true once nothing of the leg is up, or its server has been silent for a minute;
   * with false when the telephony is closed first, so that another process has to end it. Never rejects.
   */
  untilGone(): Promise<boolean>;
  /** Ends the dial: CANCEL (held back until the first provisional response), or BYE once answered. */
  cancel(): void;
  /** Connects the callee's media: `mediaConnected` or `mediaFailed` follows. For answered and early media. */
  connectMedia(): void;
  /** Ends the answered call by BYE; before the answer the same as `cancel`. */
  hangUp(): void;
  /** Stops waiting for the end of a leg that was cancelled or hung up: `released` comes at once. */
  giveUp(): void;
  /**
   * Calls back with each SIP message of the leg, sent and received, without credentials and media keys. Asked right after the dial, it
   * has all. Returns a function that ends it.
   */
  onSip(listener: (message: CapturedSip) => void): () => void;
  /** How the callee is heard. Has no effect once the leg is over. */
  readonly hearing: Hearing;
  /** Plays a file or tone to the callee, as its media knows them. Resolves when it has ended; never rejects. */
  play(source: string): Promise<PlayEnd>;
  /**
   * From now on its far end and that of `other`, which was prepared `beside` it or the other way round, hear each other, and are
   * told each other's keys. Resolves with why that is not possible, or null; never rejects. Ends a bridge with another leg.
   */
  bridge(other: Leg): Promise<string | null>;
  /** Ends the bridge, if there is one; so does the end of either leg. */
  unbridge(): void;
  /**
   * Asks the far end by REFER (RFC 3515) to go on with another, and watches by its NOTIFYs how that comes on. Afterwards the far end
   * is hung up by us or by itself. Never rejects.
   */
  transfer(request: TransferRequest, signal: AbortSignal): Promise<TransferEnd>;
  /** Stops what is playing: its `play` resolves with `stopped` at once. */
  stopPlaying(): void;
  /** A voice bot, which is not connected yet. Where the media can have none, starting it fails with UNSUPPORTED_BY_MEDIA. */
  openBot(options: BotOptions): Bot;
  /**
   * Records from now on into a WAV file on this host (16-bit PCM, 8 kHz); several recordings may run at once, each with a path
   * of its own. Resolves with why that is not possible, instead; never rejects.
   */
  record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }>;
  /**
   * Presses a key (`0` to `9`, `*`, `#`, `A` to `D`) for the callee: by telephone event (RFC 4733), or by SIP INFO where the
   * callee's side agreed to none. Resolves after the gap; never rejects.
   */
  sendDigit(digit: string, timing: DigitTiming): Promise<SendEnd>;
  /**
   * Calls back with each key that the callee presses (`0` to `9`, `*`, `#`, `A` to `D`), once a press, when it begins.
   * Returns a function that ends it.
   */
  onDigit(listener: (digit: string) => void): () => void;
  /** RTP packets that came from the callee since its media was connected; null: that is unknown now. */
  packetsReceived(): Promise<number | null>;
  /** What was heard before the answer, so far; null: nobody listened. Never rejects. */
  earlyMedia(): Promise<EarlyMedia | null>;
  /** How good the audio is, or was once the leg is over; null: its media does not measure that. Never rejects. */
  quality(): Promise<CallQuality | null>;
  /** Whether the callee has put the call on hold: it may send nothing then. */
  readonly isOnHold: boolean;
}

/** How busy a media thread is. */
export interface MediaThreadLoad {
  sessions: number;
  /** How late it was at most with what it sends or receives since this was last asked, in milliseconds. */
  lateMs: number;
}

/** How well the makers of media kept up. */
export interface MediaLoad {
  /** Each of the worker's own media threads; none without that media. */
  threads: MediaThreadLoad[];
  /** How often a FreeSWITCH dropped audio of a call because it could not send it in time. */
  losses: number;
}

/** How a leg ended that was released without its owner, or after a loss. */
export type LegReport =
  /** Our BYE was answered, or our CANCEL ended it. */
  | 'released'
  /** It had already ended. */
  | 'gone'
  /** Its server was silent for a minute, and counts as having lost its calls. */
  | 'unreachable'
  /** Its server is not configured here: another process has to release it. */
  | 'elsewhere'
  /** The signal aborted first. */
  | 'stopped';

/** How an endpoint ended; `none`: there was none. */
export type EndpointReport = LegReport | 'none';

export interface ReleaseReport {
  leg: LegReport;
  endpoint: EndpointReport;
}

export interface ServerStatus {
  kind: 'drachtio' | 'freeswitch';
  /** `host:port` as configured. */
  address: string;
  isUp: boolean;
  /** Legs on it (drachtio), or endpoints in use (FreeSWITCH). */
  busyCalls: number;
  /** Endpoints kept for the next dial; 0 for drachtio. */
  idleEndpoints: number;
  /** Why it is down, or null. */
  problem: string | null;
}
