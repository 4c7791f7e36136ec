/**
 * The E-model of ITU-T G.107 for G.711, with everything but loss and delay at its default: R = 93.2 - Id - Ie,eff.
 */
const BEST_R = 93.2;
/**
 * G.711's robustness against random loss (ITU-T G.113 appendix I): 25.1 with packet loss concealment, as telephones
 * and gateways have it; 4.3 without.
 */
export const BPL_CONCEALED = 25.1;
export const BPL_BARE = 4.3;

export interface Impairment {
  /** Share of the packets lost or too late, 0 to 1. */
  lossShare: number;
  /** From mouth to ear, one way, in ms. */
  delayMs: number;
  /** Default `BPL_CONCEALED`. */
  bpl?: number;
}

/** The rating R, 0 to 93.2 (ITU-T G.107 section 7). */
export function ratingOf({ lossShare, delayMs, bpl = BPL_CONCEALED }: Impairment): number {
  // Id without echo, as a line with a knee (Cole and Rosenbluth 2001, fitted to G.107 section 7.4).
  const delay = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  // Ie,eff of G.107 section 7.5 with Ie = 0 for G.711 and random loss (BurstR = 1).
  const loss = lossShare * 100;
  return Math.max(0, BEST_R - delay - (95 * loss) / (loss + bpl));
}

/** The mean opinion score that a rating stands for, 1 to 4.5 (ITU-T G.107 annex B). */
export function mosOf(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  const mos = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
  // The polynomial dips below 1 for very low ratings.
  return Math.max(1, mos);
}
