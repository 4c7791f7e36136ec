import { deferred } from '../async/deferred.js';
import type { RunningFork } from './endpoint-forks.js';

/** 20 ms at 8 kHz. */
const FRAME = 160;
/** mod_audio_fork plays nothing before so much has come. All that follows is played so much later. */
const AHEAD_FRAMES = 8;
/** After the last word: until it was played, with what may wait on the way. */
const TAIL_FRAMES = 16;
/** Frames that were late and are sent all the same: more would stay in FreeSWITCH, and make what follows later and later. */
const LATE_FRAMES = 5;
const FRAME_MS = 20;
/** FreeSWITCH gives nothing any more: then nothing is waited for. */
const TAIL_WITHIN_MS = 2000;
/** FreeSWITCH's clock may run a little faster than ours. */
const CLOCKS_MAY_DIFFER = 1.001;

/**
 * What a fork is sent that plays back: a frame for each that FreeSWITCH gives, which keeps its time, and silence where there is nothing
 * to say. mod_audio_fork plays in pieces of 80 ms, and leaves what is less until more comes: so nothing may ever be missing.
 */
export class PacedVoice {
  readonly #read: (frame: Int16Array) => void;
  readonly #isInTime = realTime();
  #fork: RunningFork | null = null;
  #owed = 0;
  #tail: { frames: number; isOver: () => void } | null = null;

  /** `read` fills a frame with what is said next. */
  constructor(read: (frame: Int16Array) => void) {
    this.#read = read;
  }

  begin(fork: RunningFork): void {
    this.#fork = fork;
    for (let n = 0; n < AHEAD_FRAMES; n++) fork.send(new Int16Array(FRAME));
  }

  /** FreeSWITCH has given so many samples. */
  tick(samples: number): void {
    if (this.#fork === null) return;
    for (this.#owed += samples; this.#owed >= FRAME; this.#owed -= FRAME) this.#send(this.#fork);
  }

  /** Resolves once all that was sent so far was played. */
  async playedOut(): Promise<void> {
    const over = deferred<void>();
    this.#tail = { frames: TAIL_FRAMES, isOver: over.resolve };
    const limit = setTimeout(over.resolve, TAIL_WITHIN_MS);
    await over.promise;
    clearTimeout(limit);
  }

  #send(fork: RunningFork): void {
    if (!this.#isInTime()) return;
    // A new one each time: it may wait in the socket.
    const frame = new Int16Array(FRAME);
    this.#read(frame);
    fork.send(frame);
    if (this.#tail === null) return;
    this.#tail.frames -= 1;
    if (this.#tail.frames === 0) this.#tail.isOver();
  }
}

/** Says whether one more frame is within real time, and so many that were late. At first none were: FreeSWITCH begins with a burst. */
function realTime(): () => boolean {
  let left = 1;
  let at = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(LATE_FRAMES, left + ((now - at) / FRAME_MS) * CLOCKS_MAY_DIFFER);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
