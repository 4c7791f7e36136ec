import type { CallEvent, CallJob, RecordingReport, Whereabouts } from '@outdial/contract';
import type { CallFacts, LegSoFar, UnreadableEntryError } from './entry.js';

export interface Retention {
  /**
   * Seconds that an entry is kept once its call is over and its outcomes are published, and that events are kept (default
   * 7 days).
   */
  ageSeconds?: number;
  /** At most so many of those entries, the newest. Default: all. */
  count?: number;
}

export interface LedgerOptions {
  /** The start of every key (default `{outdial}`). Its hash tag keeps all keys in one slot of a cluster. */
  prefix?: string;
  /** Roughly how many events the stream keeps (default 100,000). */
  eventsMaxLength?: number;
  retention?: Retention;
  /** Called with each entry that is skipped because it cannot be read. */
  onUnreadable?: (error: UnreadableEntryError) => void;
}

export interface ClaimRequest {
  jobId: string;
  workerId: string;
  job: CallJob;
  /** Where its legs live. */
  legs?: ReadonlyArray<Partial<Whereabouts>>;
  /**
   * The claim's fencing token (default: a new one). A claim whose reply was lost, or that Redis has lost, is repeated with the
   * same token: that is the same claim.
   */
  token?: string;
  /** The lane whose turn is not taken yet: the reply is `turnNeeded` where it gives turns. Default: the turn has come. */
  lane?: string;
}

/** What has become known of a call. `legs`, `facts`, `recordings` and `legReports` each replace what was recorded before. */
export interface Update {
  /** Where its legs live. */
  legs?: ReadonlyArray<Partial<Whereabouts>> | undefined;
  facts?: CallFacts;
  recordings?: readonly RecordingReport[] | undefined;
  legReports?: readonly LegSoFar[] | undefined;
  events?: readonly CallEvent[];
}
