/**
 * How long a worker may take for the parts of a call that a job sets no limit for. The call machine and the takeover keep
 * to them, and the audit tells by them which calls are overdue.
 */
export const TIME_LIMITS = {
  /** For the INVITE to leave, once drachtio was asked to send it. */
  inviteMs: 15_000,
  /** For audio to flow after the answer. */
  mediaMs: 5000,
  /** For the verdict after `lsdTimeoutMilliseconds`: the detector counts audio, which may come late. */
  lsdGraceMs: 500,
  /** For in-band ringing after the answer, which `TIMEOUT_FROM_ANSWER_DETECT` does not count. */
  inBandRingingMs: 60_000,
  /** For a leg to end after CANCEL or BYE: a silent peer holds a transaction for 32 s (64*T1, RFC 3261). */
  releaseMs: 40_000,
  /**
   * For an INVITE whose transaction is unknown to end. It cannot be cancelled, but once it is answered its dialog is found by
   * Call-ID. drachtio ends an INVITE without a final response after 185 s (RFC 3261 section 16.6, timer C).
   */
  unknownInviteMs: 190_000,
  /** The longest permitted `telephony.serverWaitSeconds`: how long a job waits for its servers before it is claimed. */
  serverWaitSecondsMax: 3600,
} as const;
