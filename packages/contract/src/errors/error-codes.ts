/**
 * Every error code of the public API. An `OutdialError` carries one in `code`, results, ended records and steps in
 * `error.code`. `docs/errors.md` explains each; a test keeps that page complete.
 */
export const ERROR_CODES = {
  INVALID_JOB: 'The call job breaks the contract; `issues` names each field and its value.',
  ID_CONFLICT:
    'A job of this id was queued before, with another content; `issues` names each field that differs.',
  INVALID_CONFIGURATION: 'The configuration breaks its schema; `issues` names each field and its value.',
  CHANNEL_STATE: 'The channel is not in the state that this method needs.',
  JOB_NOT_FOUND: 'No call job with this id is known.',
  QUEUE_UNAVAILABLE: 'Redis does not answer, so nothing was queued.',
  NO_TRUNK: 'No trunk and no route of the configuration takes this destination.',
  CALLER_ID_REFUSED: 'The trunk does not allow this caller id.',
  UNRESOLVABLE_HOST: 'The host of the destination or trunk has no address.',
  NO_CODEC: 'The media offers none of the codecs that the job names, so the call was not dialled.',
  TRUNK_AUTHENTICATION:
    'The trunk refused our account or identity, or its challenge could not be met: credentials are missing or wrong.',
  NO_DRACHTIO: 'No drachtio server answers, so the call was not dialled.',
  NO_FREESWITCH: 'No FreeSWITCH server gives an endpoint, so the call was not dialled.',
  NO_MEDIA: 'The worker has no RTP port or no media thread for the call, so the call was not dialled.',
  UNSUPPORTED_BY_MEDIA:
    'No configured maker of media can do what the job asks for, so the call was not dialled; `issues` names each field.',
  HISTORY_LOST:
    'The job was handed out before, so long ago that the ledger has forgotten whether it was dialled.',
  EXPIRED: 'The job was past its `expiresAt` before it could be dialled.',
  CANCELLED: 'The campaign cancelled the job, or hung its call up.',
  HUNG_UP_EARLY:
    'What was heard before the answer is in the `earlyMedia.hangUpOn` of the job, and the call was cancelled.',
  CALLEE_SILENT: 'The callee sent no audio for `silenceHangUpSeconds`, and the call was hung up.',
  SERVER_LOST: 'The drachtio or FreeSWITCH server that carried the call was lost.',
  MEDIA_LOST: 'The media thread that carried the audio of the call was lost.',
  MEDIA_FAILED: 'The callee answered, but without usable audio, or its media could not be connected.',
  CALLEE_UNHEARD: 'A step listens to the callee, whose audio did not come, or stopped.',
  PLAY_FAILED: 'A step could not play its source.',
  SPEECH_FAILED: 'A `say` got no speech for its text.',
  DIGITS_INVALID: 'A `gather` got an entry that it does not take, each time that it asked.',
  DIGITS_NOT_SENT: 'A `sendDigits` could not send its digits.',
  VALUE_MISSING: 'A step names a value of the call that there is not.',
  VALUE_INVALID: 'A step names a value of the call that may not stand where it does.',
  STREAM_UNREACHABLE: 'A voice bot did not answer in time, or its certificate could not be verified.',
  STREAM_REFUSED: 'A voice bot answered, and did not take the connection.',
  STREAM_LOST: 'The connection to a voice bot broke, or the bot showed no sign of life.',
  STREAM_INVALID: 'A voice bot sent what is not of the protocol, such as no audio.',
  AGENT_BUSY: 'No target of a `bridge` was free.',
  AGENT_NO_ANSWER: 'No target of a `bridge` answered in time.',
  AGENT_REJECTED: 'The targets of a `bridge` did not take the call, or did not press the key for it.',
  AGENT_FAILED: 'No target of a `bridge` could be reached, or be connected.',
  TRANSFER_REFUSED: 'The callee’s side did not take the REFER of a `transfer`.',
  TRANSFER_FAILED: 'The callee’s side did not reach the target of a `transfer`.',
  RECORDING_FAILED: 'A recording could not be made, or not finished.',
  UNSUPPORTED_STEP:
    'The job has a step, or a recording, that the worker is not set up for, so the call was not dialled.',
  STEP_TIMEOUT: 'A step of the plan reached its time limit.',
  DRAINED: 'The worker was stopped, and the call was not over when its time to drain was.',
  WORKER_LOST: 'The worker that ran the call was lost; the call was released by another.',
  INVALID_AUDIO: 'Audio or a setting that the speaker detector refuses (empty, odd length, not 8 kHz).',
  INVALID_REQUEST: 'The request breaks the HTTP API; `issues` names each field and its value.',
  UNAUTHORIZED: 'The request has no API key, or one that is unknown or revoked.',
  FORBIDDEN: 'The API key lacks the scope, or the lane, that the request needs.',
  NOT_FOUND: 'There is nothing at this address.',
  RANGE_INVALID: 'The range of bytes that was asked for lies outside of the file.',
  TOO_LARGE: 'The request is larger than the gateway takes.',
  UNSUPPORTED_TYPE: 'The body is of a media type, or an encoding, that is not taken here.',
  RATE_LIMITED: 'The API key made more requests a second than it may.',
  INTERNAL: 'An unexpected failure inside Outdial.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;
