/** Every code that a `MediaError` or a failed play or recording carries. Codes do not change; messages may. */
export const MEDIA_ERROR_CODES = {
  INVALID_OPTIONS: 'An option is out of its range; the message names it.',
  PORTS_EXHAUSTED: 'No free pair of ports is left in the configured range.',
  ADDRESS_UNUSABLE: 'The listen address does not belong to this machine, or may not be bound.',
  ENGINE_CLOSED: 'The media engine is not started, or is closed.',
  SESSION_CLOSED: 'The session is closed.',
  MEDIA_LOST: 'The media thread of the session died or hung.',
  NO_TELEPHONE_EVENT: 'The far end has not agreed to telephone events (RFC 4733), so no digit can be sent.',
  SOURCE_INVALID: 'The source to play is neither a path, nor an `https:` address, nor a tone.',
  SOURCE_MISSING: 'There is no such file, or the server answered 404 or 410.',
  SOURCE_FORBIDDEN: 'The file lies outside the allowed directory.',
  HOST_NOT_ALLOWED: 'The host of the address, or of a redirection, is not an allowed one.',
  SOURCE_TOO_LARGE: 'The source is larger, or lasts longer, than the limits allow.',
  SOURCE_TIMEOUT: 'The server did not deliver the source in time.',
  SOURCE_UNREACHABLE: 'The server could not be reached, or answered with an error.',
  SOURCE_FORMAT: 'The source is no WAV, MP3 or Ogg/Opus that can be decoded.',
  STREAM_UNREACHABLE: 'The voice bot did not answer in time, or its certificate cannot be verified.',
  STREAM_REFUSED: 'The voice bot answered, and did not take the connection.',
  STREAM_LOST: 'The connection to the voice bot broke, or the bot showed no sign of life.',
  STREAM_INVALID: 'The voice bot sent what is not of the protocol.',
  RECORDING_FAILED: 'The recording could not be written; `message` has the system error, such as ENOSPC.',
} as const;
export type MediaErrorCode = keyof typeof MEDIA_ERROR_CODES;

/** A failure with its stable code, as a plain value that crosses threads. */
export interface MediaFailure {
  code: MediaErrorCode;
  message: string;
}

/** The one error class that this package throws on purpose. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string = MEDIA_ERROR_CODES[code], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Any error as a plain value; `otherwise` is the code of one that is not ours. */
export function toFailure(error: unknown, otherwise: MediaErrorCode): MediaFailure {
  if (error instanceof MediaError) return { code: error.code, message: error.message };
  return { code: otherwise, message: error instanceof Error ? error.message : String(error) };
}
