import type { Cause } from '@outdial/contract';
import type { Whereabouts } from './api.js';
import type { DrachtioServer } from './drachtio-server.js';
import type { Media } from './media.js';

/** What a leg dials, and with what. */
export interface LegPlan {
  whereabouts: Whereabouts;
  requestUri: string;
  nextHop: string | null;
  headers: Record<string, string>;
  credentials: { username: string; password: string } | null;
  rejectionOverrides: Readonly<Record<string, Cause>>;
  drachtio: DrachtioServer;
  media: Media;
  /** Where a redirect may lead, or null for one that is not followed. */
  redirect: (contact: string) => string | null;
  /** Asked just before the INVITE leaves, after the wait for the server's turn. */
  mayLeave: () => boolean;
  /** Called once nothing of the leg is left, its endpoint included. */
  onGone: () => void;
}
