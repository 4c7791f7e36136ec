import type { ErrorCode } from './error-codes.js';
import type { FieldIssue } from './field-issues.js';

/** The error class that Outdial's packages throw on purpose. */
export class OutdialError extends Error {
  override readonly name: string = 'OutdialError';
  /** Stable; see docs/errors.md. */
  readonly code: ErrorCode;
  /** The invalid fields; empty for errors that concern no field. */
  readonly issues: readonly FieldIssue[];
  /** True when nothing was dialled and the same attempt may succeed later. */
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

/** Thrown by the methods of `CallChannel` that need another state than the channel is in. */
export class ChannelStateError extends OutdialError {
  override readonly name = 'ChannelStateError';
  constructor(message: string) {
    super('CHANNEL_STATE', message);
  }
}
