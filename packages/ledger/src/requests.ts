import type { CallEvent, CallJob } from '@outdial/contract';
import type { CallFacts, UnreadableEntryError, Whereabouts } from './entry.js';

export interface Retention {
  /**
   * Seconds that an entry is kept once its call is over and its outcomes are published, and that events are kept (default
   * 7 days).
   */
  ageSeconds?: number;
  /** At most so many of those entries, the newest; absent: as many as there are. */
  count?: number;
}

export interface LedgerOptions {
  /** Of every key; its hash tag keeps them in one cluster slot. */
  prefix?: string;
  /** Roughly how many events the stream keeps. */
  eventsMaxLength?: number;
  retention?: Retention;
  /** Told of what is passed over because it cannot be read. */
  onUnreadable?: (error: UnreadableEntryError) => void;
}

export interface ClaimRequest {
  jobId: string;
  workerId: string;
  job: CallJob;
  whereabouts?: Whereabouts;
  /**
   * The claim's fencing token, for a caller that has to repeat a claim whose answer it never got, or that Redis has
   * forgotten: the same token is the same claim.
   */
  token?: string;
}

/** What becomes known of a call; `whereabouts` and `facts` replace what was there as a whole. */
export interface Update {
  whereabouts?: Whereabouts;
  facts?: CallFacts;
  events?: readonly CallEvent[];
}
