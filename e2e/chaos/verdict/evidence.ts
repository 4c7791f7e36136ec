import type { Leg } from '../evidence/callee-log.js';
import type { RecordedCall } from '../evidence/recordings-log.js';
import type { Delivery } from '../evidence/results-log.js';
import type { WorkerExit } from '../network/worker-slot.js';
import type { FaultKind, PlannedJob } from '../schedule/schedule.js';

/** Epoch milliseconds. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** What a run is judged by: the callees' log, the queues of results and ended records, and the recordings. */
export interface Evidence {
  jobs: readonly PlannedJob[];
  legs: readonly Leg[];
  deliveries: readonly Delivery[];
  /** What the ended records tell of recordings, and what there is of them. */
  recordedCalls: readonly RecordedCall[];
  /** Calls that the callees say ring or are up. */
  calleesHold: number;
  /** Channels that FreeSWITCH has after all workers were killed, by their uuids. */
  channelsLeft: readonly string[];
  /** When the legs were read. */
  nowMs: number;
  /** Faults, from when they struck until what they befell ran again. */
  disturbances: ReadonlyArray<Span & { kind: FaultKind }>;
  /** When drachtio was down: it forgets its calls, which cannot be ended afterwards. */
  drachtioOutages: readonly Span[];
  /** Workers that were killed, and when. */
  kills: ReadonlyArray<{ workerId: string; atMs: number }>;
  /** Workers that ended otherwise. */
  exits: readonly WorkerExit[];
  /** Jobs whose cancel was answered with: it waited still, and is not dialled. */
  cancelledInTime: ReadonlySet<string>;
}

export interface Violation {
  kind:
    | 'dialled twice'
    | 'dialled though cancelled'
    | 'no result'
    | 'several results'
    | 'left up'
    | 'endpoint left up'
    | 'released late'
    | 'stopped badly'
    | 'recording untold'
    | 'recording broken';
  jobId: string;
  detail: string;
}

export interface Tally {
  jobs: number;
  dialled: number;
  /** Jobs whose plan dialled an agent. */
  agentsDialled: number;
  dialledTwice: number;
  results: number;
  withoutResult: number;
  withSeveralResults: number;
  leftUp: number;
  /** Endpoints that are up though no worker is: a bridge outlives who has made it. */
  endpointsLeftUp: number;
  /**
   * Legs that the callee ended by itself when the time of the INVITE's `Expires` was over: they could not be
   * cancelled.
   */
  expired: number;
  /** Legs that overstayed because drachtio itself was killed while they were up: no violation. */
  forgottenByDrachtio: number;
  /** Jobs that were cancelled while they waited, and those of them that were dialled all the same. */
  cancelledInTime: number;
  dialledThoughCancelled: number;
  /**
   * Workers that were stopped by SIGTERM, and workers that ended by themselves or with another status than 0.
   */
  stopped: number;
  stoppedBadly: number;
  /**
   * Workers that were stopped while they looked for calls that never came to be, or that could not be
   * cancelled: status 1.
   */
  stoppedLooking: number;
  /** Results that came once more because Redis went away before their consumer could say that it had them. */
  deliveredAgain: number;
  /** Recordings that are told as complete, and those that are not. */
  recordings: number;
  recordingsIncomplete: number;
  /** By state and cause, and the error's code. */
  outcomes: Record<string, number>;
  /** From a worker's SIGKILL to the last leg that another worker released for it; null: there was none. */
  slowestTakeoverMs: number | null;
  /** The same, but for the time in which another fault lasted. */
  slowestUndisturbedTakeoverMs: number | null;
}
