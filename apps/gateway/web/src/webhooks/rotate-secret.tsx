import { useState } from 'react';
import { Confirm } from '../ui/confirm.js';

const HOUR_SECONDS = 3600;
/** How long the former secret may go on signing; as the API, for a day where nothing else is chosen. */
const OVERLAPS = [
  { seconds: 24 * HOUR_SECONDS, text: 'for a day' },
  { seconds: 0, text: 'no more: only the new one, from now on' },
  { seconds: HOUR_SECONDS, text: 'for an hour' },
  { seconds: 7 * 24 * HOUR_SECONDS, text: 'for a week' },
];

/** Asks how long a webhook’s messages are to be signed by both secrets. */
export function RotateSecret({
  onRotate,
  onClose,
}: {
  onRotate: (overlapSeconds: number) => void;
  onClose: () => void;
}) {
  const [seconds, setSeconds] = useState(24 * HOUR_SECONDS);
  return (
    <Confirm
      title="Give this webhook a new secret?"
      action="Rotate the secret"
      onConfirm={() => onRotate(seconds)}
      onClose={onClose}
    >
      <p>The new secret is shown once. Meanwhile messages have two signatures, so that none is refused.</p>
      <label>
        The present secret signs
        <select value={seconds} onChange={(event) => setSeconds(Number(event.target.value))}>
          {OVERLAPS.map(({ seconds: value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </Confirm>
  );
}
