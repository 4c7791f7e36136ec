import type { HeardPeaks } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';
import { place, type Span } from './axis.js';
import { FlagTrack } from './flag-track.js';
import type { Flag } from './flags.js';

const PEAK_MS = 20;
const HEIGHT = 48;
/** Peaks of G.711 speech are rarely above this; quiet speech is to be seen. */
const FULL = 160;

/** How loud the callee's side was, on the call's time axis, with what the detector found in it, where it did. */
export function Waveform({ heard, span, flags }: { heard: HeardPeaks; span: Span; flags: readonly Flag[] }) {
  const { startedAt, peaks } = heard;
  const heardMs = peaks.length * PEAK_MS;
  const share = heardMs / (span.to - span.from);
  return (
    <FlagTrack name="Heard" label="What was detected" flags={flags} span={span} bandRem={3}>
      <svg
        className="waveform"
        style={{ ...place(span, startedAt), inlineSize: `${share * 100}%` }}
        viewBox={`0 0 ${peaks.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Loudness of the first ${formatDuration(heardMs)} of what was heard of the callee`}
      >
        <path d={peaks.map(toBar).join('')} />
      </svg>
    </FlagTrack>
  );
}

/** Around the middle, as an oscilloscope shows it. */
function toBar(peak: number, at: number): string {
  const half = Math.max(0.5, (Math.min(1, peak / FULL) * HEIGHT) / 2);
  const y = (HEIGHT / 2 - half).toFixed(1);
  return `M${at} ${y}h.8v${(half * 2).toFixed(1)}h-.8z`;
}
