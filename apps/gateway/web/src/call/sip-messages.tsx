import type { CapturedSip } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';
import { elementIdOf, firstLine } from './sip-message.js';

/** The SIP messages of a call between us and the far end, in order; each opens to its text. */
export function SipMessages({
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
      <ol className="messages">
        {sip.map((message, place) => (
          // Two messages may be the same, and none is ever taken out.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <li key={place} className={message.isSent ? 'message-sent' : 'message-received'}>
            <details id={elementIdOf(place)}>
              <summary>
                <span className="message-time">{formatDuration(Math.max(0, message.at - from))}</span>
                <span className="message-line">
                  <span className="hidden">{message.isSent ? 'sent: ' : 'received: '}</span>
                  {firstLine(message)}
                </span>
                <span className="message-source">{message.source}</span>
              </summary>
              <pre>{message.text}</pre>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
