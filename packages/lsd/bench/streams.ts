/**
 * Measures how many streams a core processes in real time, memory over time, and allocations per frame.
 * usage: node dist/tools/bench/streams.js [STREAMS] [SECONDS]
 */
import { type HeapProfiler, Session } from 'node:inspector/promises';
import { SpeakerDetector } from '../src/index.js';

const [streams = 1000, seconds = 10] = process.argv.slice(2).map(Number);
const PACKET = 160;
const FRAMES_A_SECOND = 100;
const SAMPLED_SECONDS = 3;
const MEGABYTE = 1024 * 1024;

/** A second of babble-like sound, voiced bursts over noise, so that every stage has work to do. */
const second = Int16Array.from({ length: 8000 }, (_, n) => {
  const burst = Math.sin((2 * Math.PI * 3 * n) / 8000) > 0 ? 1 : 0.02;
  const voice = [130, 260, 390, 520, 1040].reduce(
    (sum, hz, at) => sum + Math.sin((2 * Math.PI * hz * n) / 8000) / (at + 1),
    0,
  );
  return Math.round(3000 * burst * voice + 60 * Math.sin(n * n));
});
const packets = Array.from({ length: 50 }, (_, n) => second.subarray(n * PACKET, (n + 1) * PACKET));

const detectors = startDetectors();
const memory: number[] = [];
const cpuBefore = process.cpuUsage();
for (let second = 0; second < seconds; second++) {
  pushASecond(detectors);
  memory.push(process.memoryUsage().rss / MEGABYTE);
}
const { user, system } = process.cpuUsage(cpuBefore);
const perCore = Math.round((streams * seconds) / ((user + system) / 1e6));
const allocated = (await allocatedIn(startDetectors())) / (streams * SAMPLED_SECONDS * FRAMES_A_SECOND);
process.stdout.write(
  `${streams} streams for ${seconds} s of audio each: ${((user + system) / 1e6).toFixed(1)} s of CPU\n` +
    `streams per core in real time: ${perCore}\n` +
    `resident memory after each second, MB: ${memory.map((value) => value.toFixed(0)).join(' ')}\n` +
    `allocated on the heap, including the event objects: ${allocated.toFixed(0)} bytes per frame\n`,
);

function startDetectors(): SpeakerDetector[] {
  return Array.from(
    { length: streams },
    () => new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 10_000, onEvent: () => {} }),
  );
}

function pushASecond(list: readonly SpeakerDetector[]): void {
  for (const packet of packets) for (const detector of list) detector.push(packet);
}

/** Bytes allocated during `SAMPLED_SECONDS` of audio, including those collected again. */
async function allocatedIn(list: readonly SpeakerDetector[]): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 8192,
    includeObjectsCollectedByMinorGC: true,
    includeObjectsCollectedByMajorGC: true,
  });
  for (let second = 0; second < SAMPLED_SECONDS; second++) pushASecond(list);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  return bytesOf(profile.head);
}

/** Bytes allocated by the detector itself, without this benchmark. */
function bytesOf({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  const own = callFrame.url.includes('/src/') ? selfSize : 0;
  return children.reduce((sum, child) => sum + bytesOf(child), own);
}
