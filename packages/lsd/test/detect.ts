import { type LsdEvent, SpeakerDetector, type SpeakerDetectorOptions } from '../src/index.js';

/** All events of a detector for a sound in packets of 20 ms. */
export function detect(samples: Int16Array, options: Partial<SpeakerDetectorOptions> = {}): LsdEvent[] {
  const events: LsdEvent[] = [];
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds: 5000,
    onEvent: (event) => events.push(event),
    ...options,
  });
  for (let at = 0; at < samples.length; at += 160) detector.push(samples.subarray(at, at + 160));
  detector.end();
  return events;
}

export function verdictOf(events: readonly LsdEvent[]) {
  const verdicts = events.flatMap((event) => (event.type === 'verdict' ? [event.verdict] : []));
  if (verdicts.length !== 1) throw new Error(`${verdicts.length} verdicts`);
  return verdicts[0] as (typeof verdicts)[0];
}
