import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { Confirm } from '../ui/confirm.js';
import { formatCount, plural } from '../ui/format.js';
import { Failure } from '../ui/notices.js';

/** Cancels every call of a lane or a label, once that was asked. */
export function CancelMany({ of, left }: { of: { lane: string } | { label: string }; left: number }) {
  const [isAsking, setAsking] = useState(false);
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => ask<{ cancelled: number; ending: number }>('/v1/calls/cancel', { body: of }),
    onSettled: () => client.invalidateQueries(),
  });
  const name = 'lane' in of ? `lane ${of.lane}` : `label ${of.label}`;
  return (
    <>
      <button type="button" className="danger" disabled={left === 0} onClick={() => setAsking(true)}>
        Cancel calls<span className="hidden">{` of the ${name}`}</span>
      </button>
      {cancel.isError && <Failure error={cancel.error} />}
      <p className="number-line" role="status">
        {cancel.isSuccess &&
          `${formatCount(cancel.data.cancelled)} were never dialled, ${formatCount(cancel.data.ending)} are hung up.`}
      </p>
      {isAsking && (
        <Confirm
          title={`Cancel ${plural(left, 'call')} of the ${name}?`}
          action={`Cancel ${plural(left, 'call')}`}
          onConfirm={() => cancel.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>Calls that wait are never dialled, calls in progress are hung up. This cannot be undone.</p>
        </Confirm>
      )}
    </>
  );
}
