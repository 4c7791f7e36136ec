/**
 * Takes the far end's audio in order: the detector, a recording, a voice bot's stream. `at` is the position
 * in the stream in samples (8 kHz), on the stream's own clock. Buffers are used again after the call: copy what is
 * to be kept.
 */
export interface AudioSink {
  audio(pcm: Int16Array, at: number): void;
  /** So many samples were lost on the way. They are not silence. */
  lost(samples: number, at: number): void;
  /** The far end suppressed silence: comfort noise of its level, or digital silence. */
  quiet(pcm: Int16Array, at: number): void;
}
