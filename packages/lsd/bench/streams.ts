/**
 * How many calls one core holds in real time, and whether memory stays flat.
 * usage: node dist/tools/bench/streams.js [STREAMS] [SECONDS]
 */
import { SpeakerDetector } from '../src/index.js';

const [streams = 1000, seconds = 10] = process.argv.slice(2).map(Number);
const PACKET = 160;
const MEGABYTE = 1024 * 1024;

/** A second of babble-like sound: voiced bursts over noise, so that every stage has work to do. */
const second = Int16Array.from({ length: 8000 }, (_, n) => {
  const burst = Math.sin((2 * Math.PI * 3 * n) / 8000) > 0 ? 1 : 0.02;
  const voice = [130, 260, 390, 520, 1040].reduce(
    (sum, hz, at) => sum + Math.sin((2 * Math.PI * hz * n) / 8000) / (at + 1),
    0,
  );
  return Math.round(3000 * burst * voice + 60 * Math.sin(n * n));
});
const packets = Array.from({ length: 50 }, (_, n) => second.subarray(n * PACKET, (n + 1) * PACKET));

const detectors = Array.from(
  { length: streams },
  () => new SpeakerDetector({ mode: 'DEFAULT', timeoutMilliseconds: 10_000, onEvent: () => {} }),
);
const memory: number[] = [];
const cpuBefore = process.cpuUsage();
for (let second = 0; second < seconds; second++) {
  for (const packet of packets) for (const detector of detectors) detector.push(packet);
  memory.push(process.memoryUsage().rss / MEGABYTE);
}
const { user, system } = process.cpuUsage(cpuBefore);
const perCore = Math.round((streams * seconds) / ((user + system) / 1e6));
process.stdout.write(
  `${streams} streams for ${seconds} s of audio each: ${((user + system) / 1e6).toFixed(1)} s of CPU\n` +
    `streams a core in real time: ${perCore}\n` +
    `resident memory after each second, MB: ${memory.map((value) => value.toFixed(0)).join(' ')}\n`,
);
