import type { CapturedSip } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';
import type { Span } from './axis.js';
import { FlagTrack } from './flag-track.js';
import type { Flag } from './flags.js';
import { elementIdOf, firstLine, isRefusal, shortName } from './sip-message.js';

/** The SIP messages on the time axis: arrows between us and the far end, each a link to its text. */
export function SipLadder({ sip, span }: { sip: readonly CapturedSip[]; span: Span }) {
  const flags = sip.map((message, place): Flag => {
    const { at, isSent } = message;
    const after = formatDuration(Math.max(0, at - span.from));
    return {
      key: String(place),
      at,
      text: shortName(message),
      title: `${isSent ? 'sent' : 'received'} after ${after}: ${firstLine(message)}`,
      tone: isRefusal(message) ? 'bad' : isSent ? 'sent' : 'received',
      side: isSent ? 'above' : 'below',
    };
  });
  return (
    <FlagTrack
      name="SIP"
      bandNames={['us', 'far end']}
      label="SIP messages on the time axis"
      flags={flags}
      span={span}
      bandRem={3.5}
      linkOf={({ key }) => `#${elementIdOf(Number(key))}`}
      onFollow={({ key }) => openMessage(Number(key))}
    >
      <div className="ladder-lines" />
    </FlagTrack>
  );
}

/** Opens a message in the list, and goes there. */
function openMessage(place: number): void {
  const details = document.getElementById(elementIdOf(place));
  if (!(details instanceof HTMLDetailsElement)) return;
  details.open = true;
  details.querySelector('summary')?.focus();
}
