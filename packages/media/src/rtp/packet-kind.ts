import type { Law } from '../codec/g711.js';
import type { PayloadTypes } from '../description.js';

/** What a packet carries: audio by its law, a telephone event, or comfort noise. */
export type PacketKind = Law | 'event' | 'noise';

/** Comfort noise has this type where none was agreed on (RFC 3551 table 4). */
const STATIC_NOISE = 13;

/**
 * By the negotiated types, and the static ones: some far ends answer one law and send the other. Null: it carries nothing
 * that is known.
 */
export function kindOf(payloadType: number, types: PayloadTypes): PacketKind | null {
  if (payloadType === types.pcmu) return 'pcmu';
  if (payloadType === types.pcma) return 'pcma';
  if (payloadType === types.telephoneEvent) return 'event';
  if (payloadType === (types.cn ?? STATIC_NOISE)) return 'noise';
  if (payloadType === 0) return 'pcmu';
  return payloadType === 8 ? 'pcma' : null;
}
