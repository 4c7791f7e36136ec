export type {
  Direction,
  LocalDescription,
  PayloadTypes,
  RemoteDescription,
  SrtpKeys,
} from './description.js';
export { type EngineEvents, MediaEngine, type OpenOptions, type ThreadLoad } from './engine.js';
export { MEDIA_ERROR_CODES, MediaError, type MediaErrorCode, type MediaFailure } from './errors.js';
export type { MediaEngineOptions, SourceOptions } from './options.js';
export { checkSource } from './play/check-source.js';
export type { FrameSource } from './play/sound.js';
export type { PlaySource } from './play/sound-library.js';
export type { ToneSpec } from './play/tones.js';
export type { Quality } from './quality/quality.js';
export { Recorder, type Sides } from './record/recorder.js';
export type { FarEndView } from './rtcp/reporter.js';
export type { DigitTiming } from './rtp/digit-sender.js';
export type { PortRange } from './rtp/port-pool.js';
export type { AudioSink } from './session/audio-sink.js';
export type { ListenOptions } from './session/hearing.js';
export type { PlayOptions, RecordOptions } from './session/leg.js';
export { PeakMeter } from './session/peak-meter.js';
export type {
  AnswerPosition,
  HeardSignal,
  HeardVerdict,
  PlayResult,
  RecordingResult,
  SessionEvents,
} from './session/words.js';
export { MediaSession } from './session.js';
export { SRTP_KEY_BYTES, SRTP_SUITES, type SrtpKey, type SrtpSuite } from './srtp/suites.js';
export { FrameStreams } from './stream/frame-streams.js';
export { MediaStream, type MediaStreamEvents } from './stream/media-stream.js';
export {
  checkStream,
  type StreamLimits,
  type StreamOptions,
  type StreamProtocol,
  type StreamRate,
  type StreamStart,
} from './stream/options.js';
export type { StreamFigures, StreamResult, StreamWarning } from './stream/words.js';
