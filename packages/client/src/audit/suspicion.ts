import type { FindingCode } from './report.js';

/** What looks broken at one moment. It is one only if it looks the same a while later. */
export interface Suspicion {
  jobId: string;
  lane: string | null;
  code: FindingCode;
  seen: string;
  since: number | null;
  /** What does not change while it is broken, and does when it was only in flight both times. */
  mark: string;
}

/** A length of time in words. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
