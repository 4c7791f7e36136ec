import type { CodecName, FieldIssue } from '@outdial/contract';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { Media } from './media.js';

/** What a call asks of its media. */
export interface MediaNeeds {
  /** Offered in this order. */
  codecs: readonly CodecName[];
  /** `host` or `host:port` that the call goes to. */
  target: string;
  /** Whether it must be able to encrypt. */
  demandsSrtp: boolean;
  /** What may be played. */
  sources: readonly string[];
  /** The addresses of the voice bots that may be connected. */
  bots: readonly string[];
  /** Whether what is heard before the answer may end the call. */
  hangsUpEarly: boolean;
  /** Media that it is to be bridged with, and that the same maker made; null: it is a call's first. */
  beside: Media | null;
}

/** Makes the media of legs. */
export interface MediaMaker {
  /** Rejects only where it cannot be of use: its own address cannot be listened on, its threads do not come up. */
  start(): Promise<void>;
  /** Whether media can be had now. */
  readonly isReady: boolean;
  /** Resolves as soon as media can be had, or when the signal aborts. */
  ready(signal?: AbortSignal): Promise<void>;
  /** The fields of a job that ask for what it cannot do, each with the reason; codecs are checked by `take`. */
  objections(needs: MediaNeeds): FieldIssue[];
  /**
   * Media for a dial through this drachtio that offers the codecs, in this order, as far as it knows them. Throws NO_CODEC
   * when it knows none of them; NO_FREESWITCH and NO_MEDIA are retryable.
   */
  take(drachtio: DrachtioServer, needs: MediaNeeds): Promise<Media>;
  close(): Promise<void>;
}
