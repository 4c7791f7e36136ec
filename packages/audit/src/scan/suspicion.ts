import type { FindingCode } from '../report.js';

/** What looks broken at one moment. It is a finding only if it looks the same after the grace period. */
export interface Suspicion {
  jobId: string;
  lane: string | null;
  code: FindingCode;
  seen: string;
  since: number | null;
  /** Stays the same while it is broken, and changes where it was merely in flight both times. */
  mark: string;
}

/** Clocks of apps, workers and Redis may differ by so much. */
export const CLOCKS_DIFFER_MS = 1000;

/** A duration in words: `5 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
