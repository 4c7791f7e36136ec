import { G711_CODECS, type Law } from '../codec/g711.js';

/** Audio ready to be sent: 8 kHz, in both laws, so that nothing is encoded a call. */
export interface Sound {
  /** Its length in samples. */
  readonly samples: number;
  readonly pcmu: Uint8Array;
  readonly pcma: Uint8Array;
}

/** Encodes once for all calls. */
export function toSound(pcm: Int16Array): Sound {
  const sound = silentSound(pcm.length);
  encodeInto(sound, pcm, 0);
  return sound;
}

/** A sound of this length that is yet to be encoded. */
export function silentSound(samples: number): Sound {
  return { samples, pcmu: new Uint8Array(samples), pcma: new Uint8Array(samples) };
}

/** Encodes a part of a sound that begins at sample `at`. */
export function encodeInto(sound: Sound, pcm: Int16Array, at: number): void {
  sound.pcmu.set(G711_CODECS.pcmu.encode(pcm), at);
  sound.pcma.set(G711_CODECS.pcma.encode(pcm), at);
}

/** Memory that a sound takes. */
export function bytesOf(sound: Sound): number {
  return 2 * sound.samples;
}

/**
 * Anything that is sent to the far end frame by frame: a sound, or a voice bot's stream. `read` is called once
 * a packet time, on the thread's clock.
 */
export interface FrameSource {
  /** What has been read, in ms. */
  readonly playedMs: number;
  /** Nothing is left: what was read last was the end. */
  readonly isOver: boolean;
  /**
   * Fills `out` with the next samples in the law, and with silence behind the end. False is nothing for now: `out` is
   * untouched, the far end is sent nothing, and time goes on.
   */
  read(law: Law, out: Uint8Array): boolean;
}
