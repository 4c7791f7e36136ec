/**
 * Every error code of the public API. An error is an `OutdialError` with one of these codes; a result of
 * state ERROR carries one in `error.code`. `docs/errors.md` explains each, and a test keeps it complete.
 */
export const ERROR_CODES = {
  INVALID_JOB: 'The call job breaks the contract; `issues` names each field and its value.',
  INVALID_CONFIGURATION: 'The configuration breaks its schema; `issues` names each field and its value.',
  CHANNEL_STATE: 'The channel is not in the state that this method needs.',
  JOB_NOT_FOUND: 'No call job with this id is known.',
  QUEUE_UNAVAILABLE: 'Redis does not answer, so nothing was queued.',
  NO_TRUNK: 'No trunk and no route of the configuration takes this destination.',
  CALLER_ID_REFUSED: 'The trunk does not allow this caller id.',
  UNRESOLVABLE_HOST: 'The host of the destination or trunk has no address.',
  NO_CODEC: 'FreeSWITCH offers none of the codecs that the job names, so the call was not dialled.',
  TRUNK_AUTHENTICATION:
    'The trunk refused our account or identity, or its challenge could not be met: credentials are missing or wrong.',
  NO_DRACHTIO: 'No drachtio server answers, so the call was not dialled.',
  NO_FREESWITCH: 'No FreeSWITCH server gives an endpoint, so the call was not dialled.',
  HISTORY_LOST:
    'The job was handed out before, so long ago that the ledger has forgotten whether it was dialled.',
  EXPIRED: 'The job was past its `expiresAt` before it could be dialled.',
  ENGINE_LOST: 'The drachtio or FreeSWITCH server that carried the call was lost.',
  MEDIA_FAILED: 'The callee answered, but its media could not be connected.',
  DRAINED: 'The worker was stopped, and the call was not over when its time to drain was.',
  WORKER_LOST: 'The worker that ran the call was lost; the call was released by another.',
  INVALID_AUDIO: 'Audio or a setting that the speaker detector refuses (empty, odd length, not 8 kHz).',
  INTERNAL: 'An unexpected failure inside Outdial.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** One broken field: where (`callTo`, `headers.X-Campaign`), why, and the offending value (shortened). */
export interface FieldIssue {
  path: string;
  message: string;
  value?: unknown;
}

/** The one error class that Outdial's packages throw on purpose. */
export class OutdialError extends Error {
  override readonly name: string = 'OutdialError';
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[];
  /** True when nobody was dialled and the same attempt may succeed later. */
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { issues?: readonly FieldIssue[]; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options.issues ?? [];
    this.retryable = options.retryable ?? false;
  }
}

/** Thrown by `CallChannel.call` and `startCall` unless the channel is IDLE. */
export class ChannelStateError extends OutdialError {
  override readonly name = 'ChannelStateError';
  constructor(message: string) {
    super('CHANNEL_STATE', message);
  }
}
