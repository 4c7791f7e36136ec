/**
 * Why a call ended, in the words of the reference API, and `CANCELLED`. While a call is not `IDLE` its cause is `NORMAL`.
 */
export const CAUSES = [
  'NORMAL',
  'TIMEOUT',
  'BUSY',
  'NOANSWER',
  'UNOBTAINABLE',
  'CHANGED',
  'OUTOFORDER',
  'BARRED',
  'REJECTED',
  'NOCHANNELS',
  'CONGESTION',
  'FAILED',
  'OTHER',
  /** The campaign cancelled the job, or hung its call up. */
  'CANCELLED',
  'ERROR',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Who or what ended an answered call, in the ended record. */
export const ENDED_BY = [
  'CALLEE',
  'PLAN',
  /** The plan, or `onOrphaned`, once the app that had the call was lost. */
  'ORPHANED',
  /** `CallQueue.cancel` or `CallChannel.hangUp`. */
  'CANCELLED',
  'MAX_DURATION',
  /** The callee sent no audio for `silenceHangUpSeconds`. */
  'SILENCE',
  'DRAIN',
  'MEDIA_FAILED',
  /** The media thread that carried the call's audio died or hung. */
  'MEDIA_LOST',
  'SERVER_LOST',
  'WORKER_LOST',
] as const;
export type EndedBy = (typeof ENDED_BY)[number];
