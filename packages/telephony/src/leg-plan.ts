import type { Cause } from '@outdial/contract';
import type { LegReport, Whereabouts } from './api.js';
import type { Credentials } from './credentials.js';
import type { DrachtioServer } from './drachtio-server.js';
import type { Media } from './media.js';

/** What a leg dials, and with what. */
export interface LegPlan {
  whereabouts: Whereabouts;
  requestUri: string;
  nextHop: string | null;
  headers: Record<string, string>;
  credentials: Credentials | null;
  rejectionOverrides: Readonly<Record<string, Cause>>;
  drachtio: DrachtioServer;
  media: Media;
  /** Where a redirect may lead, or null for one that is not followed. */
  redirect: (contact: string) => string | null;
  /** Whether any redirect is followed. */
  followsRedirects: boolean;
  /** Asked just before the INVITE leaves. */
  mayLeave: () => boolean;
  /** Ends what may be up of the leg after a loss; keeps trying until it is known to be over. Never rejects. */
  release: () => Promise<LegReport>;
  /** Called once its endpoint is given back. */
  onGone: () => void;
}
