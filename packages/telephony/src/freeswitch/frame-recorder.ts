import { Recorder } from '@outdial/media';
import type { LegRecording, RecordedSides, RecordingEnd } from '../api.js';
import { deferred } from '../async/deferred.js';

/** So often what was recorded is written. */
const SWEEP_MS = 300;

/** A stream of frames that was started, or why it could not be. Of both sides they are interleaved, the callee first. */
export type StartFrames = (
  onFrame: (pcm: Int16Array) => void,
) => Promise<{ close: () => void } | { problem: string }>;

/** Records a call of media that give frames, in this process: the file is like one of the worker's own media. */
export async function recordFrames(
  path: string,
  sides: RecordedSides,
  startFrames: StartFrames,
): Promise<LegRecording | { problem: string }> {
  const ended = deferred<RecordingEnd>();
  const recorder = new Recorder(path, sides, (result) => {
    const problem = result.outcome === 'failed' ? result.error.message : null;
    ended.resolve({ durationMs: result.durationMs, problem });
  });
  try {
    await recorder.opened;
  } catch (error) {
    return { problem: (error as Error).message };
  }
  let position = 0;
  const frames = await startFrames((pcm) => {
    const callee = sides === 'both' ? channelOf(pcm, 0) : pcm;
    recorder.audio(callee, position);
    position += callee.length;
    if (sides === 'both') recorder.sentPcm(channelOf(pcm, 1));
  });
  if ('problem' in frames) {
    await recorder.stop();
    return frames;
  }
  const sweeping = setInterval(() => recorder.sweep(performance.now()), SWEEP_MS);
  void ended.promise.then(() => {
    clearInterval(sweeping);
    frames.close();
  });
  return {
    ended: ended.promise,
    stop: () => void recorder.stop(),
    pause: () => recorder.pause(),
    resume: () => recorder.resume(),
  };
}

/** One of two interleaved channels. */
function channelOf(pcm: Int16Array, channel: 0 | 1): Int16Array {
  return Int16Array.from({ length: pcm.length >> 1 }, (_, n) => pcm[2 * n + channel] as number);
}
