import type { MediaFailure } from '../errors.js';
import type { SourceOptions } from '../options.js';
import type { Leg } from '../session/leg.js';
import type { SessionEvents } from '../session/words.js';
import type { StreamLimits } from '../stream/options.js';

/** What the main thread may call on a leg. */
export const LEG_METHODS = [
  'setRemote',
  'hold',
  'answered',
  'earlyMedia',
  'listen',
  'waitForAnswerMachine',
  'hear',
  'measure',
  'play',
  'stopPlaying',
  'bridge',
  'unbridge',
  'sendDigits',
  'record',
  'stopRecording',
  'pauseRecording',
  'resumeRecording',
  'openStream',
  'connectStream',
  'startStream',
  'tellStream',
  'stopStream',
  'quality',
  'close',
] as const satisfies ReadonlyArray<keyof Leg>;
export type LegMethod = (typeof LEG_METHODS)[number];
export type LegArguments<Method extends LegMethod> = Parameters<Leg[Method]>;
export type LegReply<Method extends LegMethod> = Awaited<ReturnType<Leg[Method]>>;

/** Given to a media thread when it starts. */
export interface ThreadData {
  sources: SourceOptions;
  streams: StreamLimits;
  /** Two numbers that both threads see: see `VITALS`. */
  vitals: SharedArrayBuffer;
}

/** The places in the shared numbers. */
export const VITALS = {
  /** Grows about a hundred times a second while the thread lives. */
  beats: 0,
  /** How late frames were sent, or sockets read, at most since it was last set to 0, in microseconds. */
  latestMicroseconds: 1,
} as const;

/** From the main thread to a media thread. */
export type ToThread =
  | { type: 'open'; request: number; session: number; host: string; port: number }
  | { type: 'call'; request: number; session: number; method: LegMethod; args: unknown[] }
  | { type: 'shutDown' };

/** A session's event as it crosses the threads. */
export type SessionEvent = {
  [Name in keyof SessionEvents]: { name: Name; values: SessionEvents[Name] };
}[keyof SessionEvents];

/** From a media thread to the main thread: words only. */
export type FromThread =
  | { type: 'ready' }
  | { type: 'reply'; request: number; value: unknown }
  | { type: 'failure'; request: number; failure: MediaFailure }
  | ({ type: 'event'; session: number } & SessionEvent);
