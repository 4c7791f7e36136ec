import type { CapturedSip } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';

/** The SIP messages of a call between us and the other side, in order; each opens to its text. */
export function SipLadder({
  sip,
  isMasked,
  from,
}: {
  sip: readonly CapturedSip[];
  isMasked: boolean;
  from: number;
}) {
  return (
    <section className="panel">
      <h2>SIP messages</h2>
      {isMasked && <p className="muted">Numbers are masked: your key has not the scope numbers:read.</p>}
      <ol className="ladder">
        {sip.map(({ at, isSent, source, text }, place) => (
          // Two messages may be the same, and none is ever taken out.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <li key={place} className={isSent ? 'ladder-sent' : 'ladder-received'}>
            <details>
              <summary>
                <span className="ladder-time">{formatDuration(Math.max(0, at - from))}</span>
                <span className="ladder-arrow">
                  <span className="hidden">{isSent ? 'sent: ' : 'received: '}</span>
                  {firstLine(text)}
                </span>
                <span className="ladder-source">{source}</span>
              </summary>
              <pre>{text}</pre>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** `INVITE sip:...` and `180 Ringing` without the version. */
function firstLine(text: string): string {
  const [line = ''] = text.split('\r\n', 1);
  return line.replace(/^SIP\/2\.0 /, '').replace(/ SIP\/2\.0$/, '');
}
