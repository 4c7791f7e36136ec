import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useParams } from 'wouter';
import { ask } from '../api/ask.js';
import { useCaller } from '../api/session.js';
import { Confirm } from '../ui/confirm.js';
import { Failure } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import { CallView, useCall } from './call-view.js';
import { exportCall } from './export-call.js';

/** One call, at an address of its own. */
export default function CallScreen() {
  const { id = '' } = useParams<{ id: string }>();
  const { data } = useCall(id);
  const { can } = useCaller();
  const shown = useRef<HTMLDivElement>(null);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  return (
    <Screen
      title={data === undefined ? 'Call' : `Call to ${data.callTo}`}
      actions={
        data !== undefined && (
          <>
            {can('calls:write') && data.phase !== 'ended' && <Cancel id={id} callTo={data.callTo} />}
            <button type="button" onClick={() => void copy()}>
              {isCopied ? 'Link copied' : 'Copy link'}
            </button>
            <button type="button" onClick={() => shown.current !== null && exportCall(shown.current, id)}>
              Export as HTML
            </button>
          </>
        )
      }
    >
      <div ref={shown}>
        <CallView id={id} />
      </div>
    </Screen>
  );
}

function Cancel({ id, callTo }: { id: string; callTo: string }) {
  const [isAsking, setAsking] = useState(false);
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => ask(`/v1/calls/${encodeURIComponent(id)}/cancel`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['call', id] }),
  });
  return (
    <>
      {cancel.isError && <Failure error={cancel.error} />}
      <button type="button" className="danger" onClick={() => setAsking(true)}>
        Cancel the call
      </button>
      {isAsking && (
        <Confirm
          title="Cancel this call?"
          action="Cancel the call"
          onConfirm={() => cancel.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>{`The call to ${callTo} is hung up, or never dialled.`}</p>
        </Confirm>
      )}
    </>
  );
}
