import type { CallQuality, EarlyMedia } from '@outdial/contract';
import type {
  Bot,
  BotOptions,
  DigitTiming,
  Hearing,
  LegRecording,
  PlayEnd,
  RecordedSides,
  SendEnd,
} from '../api.js';
import type { SrtpPolicy } from '../configuration.js';

/**
 * The media of one leg: all that a leg knows about media. Implemented by a session of the worker's own media threads
 * (`WorkerMedia`) and by a FreeSWITCH endpoint (`EndpointMedia`). Either makes the offer before the dial.
 */
export interface Media {
  /** The session description to offer to the callee; in the clear until `protect`. */
  readonly offer: string;
  /**
   * Makes the offer anew, for another target, with SRTP as that wants it. Keys are made for one target alone. Media without
   * SRTP goes on to offer plain RTP, and is never asked for `required`.
   */
  protect(srtp: SrtpPolicy): void;
  /** The server that makes the media, `host:port`, or null when it is this process. */
  readonly server: string | null;
  /** The FreeSWITCH channel, or null. */
  readonly endpointUuid: string | null;
  /** Whether it, or a server that it lives on, was lost since it was reserved. */
  readonly isLost: boolean;
  /** The callee's audio may reach it from now on: it must never serve another call. */
  markUsed(): void;
  /** Whether it is to be connected to the answer of a provisional response, so that early media is heard. */
  readonly hearsEarlyMedia: boolean;
  /** How the callee is heard. */
  readonly hearing: Hearing;
  /** The callee has answered: what it hears from now on comes after the answer. */
  answered(): void;
  /** Connects to the callee's session description; resolves with the answer to it. May be called again. */
  connect(remoteSdp: string): Promise<string>;
  play(source: string): Promise<PlayEnd>;
  stopPlaying(): void;
  /** Connects its audio, keys included, with that of `other`, which was made beside it. Rejects when that is not possible. */
  bridge(other: Media): Promise<void>;
  /** Ends the bridge. */
  unbridge(): void;
  /** See `Leg.record`. */
  record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }>;
  /** Sends a key by telephone event, which the far end has agreed to. Resolves after the gap; never rejects. */
  sendDigit(digit: string, timing: DigitTiming): Promise<SendEnd>;
  /** A voice bot, which is told that the call is `callSid`. */
  openBot(options: BotOptions, callSid: string): Bot;
  /** Calls back with each key that comes by the media, once. Replaces an earlier listener. */
  onDigit(listener: (digit: string) => void): void;
  /** RTP packets that were received since the media was connected; null: that is unknown now. */
  packetsReceived(): Promise<number | null>;
  /** What was heard before the answer, so far; null: nobody listened. Never rejects. */
  earlyMedia(): Promise<EarlyMedia | null>;
  /** How good the audio is, or after the release was; null: that is not measured. Never rejects. */
  quality(): Promise<CallQuality | null>;
  /** Calls back once when the media is lost while in use. Replaces an earlier listener. */
  onLost(listener: () => void): void;
  /** Gives it back: the next call may use it if no audio has reached it, else it is destroyed. Never rejects. */
  release(): Promise<void>;
}
