import type { Whereabouts } from '@outdial/contract';
import type { LegReport } from '../api.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { Media } from '../media/media.js';
import type { DialTargets } from './dial-targets.js';

/** Everything that a leg needs: what it dials, its server and its media. */
export interface LegOptions {
  /** Updated as the leg learns its trunk, transaction and dialog ids. */
  jobId: string;
  whereabouts: Whereabouts;
  targets: DialTargets;
  drachtio: DrachtioServer;
  media: Media;
  /** Asked just before the INVITE leaves. */
  mayLeave: () => boolean;
  /** Ends what may be up of the leg after a loss; retries until its end is confirmed. Never rejects. */
  release: () => Promise<LegReport>;
  /** The address of a destination as the far end of this leg may be told of it. Throws OutdialError where nothing leads there. */
  addressOf: (callTo: string) => string;
  /** Called once its media is given back. */
  onGone: () => void;
}
