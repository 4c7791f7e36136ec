import type { RecordingReport } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';

/** What was recorded of a call, to be listened to where the gateway has the files. */
export function Recordings({ id, recordings }: { id: string; recordings: readonly RecordingReport[] }) {
  return (
    <section className="panel">
      <h2>Recordings</h2>
      {recordings.map(({ name, path, durationMs, error }) => (
        <div key={path}>
          <p>{`${name}${durationMs === null ? '' : `, ${formatDuration(durationMs)}`}${error === null ? '' : `: ${error.message}`}`}</p>
          {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what is said */}
          <audio
            controls
            preload="none"
            aria-label={`Recording ${name}`}
            src={`/v1/recordings/${encodeURIComponent(id)}/${encodeURIComponent(nameOf(id, path))}`}
          />
        </div>
      ))}
    </section>
  );
}

/** As the gateway calls it: its file is `ID-NAME.wav`, and the second one of a name is `NAME-2`. */
function nameOf(id: string, path: string): string {
  const [file = ''] = path.split('/').slice(-1);
  return file.slice(id.length + 1).replace(/\.wav$/, '');
}
