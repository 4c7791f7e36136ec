import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { LaneState } from '../../../src/lanes/lane-routes.js';
import { ask } from '../api/ask.js';
import { Failure } from '../ui/notices.js';

/** Changes the limits of a lane; an empty field lifts its limit. */
export function Limits({ lane, onDone }: { lane: LaneState; onDone: () => void }) {
  const [callsPerSecond, setCallsPerSecond] = useState(toText(lane.callsPerSecond));
  const [concurrency, setConcurrency] = useState(toText(lane.concurrency));
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      ask(`/v1/lanes/${encodeURIComponent(lane.lane)}`, {
        method: 'PATCH',
        body: { callsPerSecond: toNumber(callsPerSecond), concurrency: toNumber(concurrency) },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['lanes'] });
      onDone();
    },
  });
  return (
    <form
      className="limits"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <label>
        Calls a second
        <input
          type="number"
          min="0.01"
          step="any"
          placeholder="no limit"
          value={callsPerSecond}
          onChange={(event) => setCallsPerSecond(event.target.value)}
        />
      </label>
      <label>
        Calls at once
        <input
          type="number"
          min="0"
          step="1"
          placeholder="no limit"
          value={concurrency}
          onChange={(event) => setConcurrency(event.target.value)}
        />
      </label>
      <button type="submit" className="primary" disabled={change.isPending}>
        Save
      </button>
      {change.isError && <Failure error={change.error} />}
    </form>
  );
}

function toText(limit: number | null): string {
  return limit === null ? '' : String(limit);
}

function toNumber(text: string): number | null {
  return text === '' ? null : Number(text);
}
