import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { Badge } from '../ui/badge.js';
import { Confirm } from '../ui/confirm.js';
import { formatCount, formatTime } from '../ui/format.js';
import { Failure } from '../ui/notices.js';
import { Deliveries } from './deliveries.js';
import type { Webhook } from './webhooks-screen.js';

const BECAUSE = {
  asked: 'paused',
  failing: 'paused, it kept failing',
  gone: 'paused, it answered 410',
} as const;

/** A webhook: how it does, its switches, and what was delivered to it. */
export function WebhookCard({ webhook }: { webhook: Webhook }) {
  const { id, url, name, paused, state, types, lane, label } = webhook;
  const [isOpen, setOpen] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: ({ path, method = 'POST' }: { path: string; method?: string }) =>
      ask(`/v1/webhooks/${id}${path}`, { method }),
    onSettled: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  const isFailing = state.failingSince !== null;
  return (
    <section className="panel">
      <h2 className="webhook-name">
        {name === '' ? url : name} {paused !== null && <Badge tone="warn">{BECAUSE[paused.because]}</Badge>}{' '}
        {paused === null && (
          <Badge tone={isFailing ? 'bad' : 'good'}>{isFailing ? 'failing' : 'delivering'}</Badge>
        )}
      </h2>
      <p>{url}</p>
      <p className="muted">
        {[
          types === null ? 'all events' : types.join(', '),
          ...(lane === null ? [] : [`lane ${lane}`]),
          ...(label === null ? [] : [`label ${label}`]),
        ].join('; ')}
      </p>
      <p className="number-line">
        {`${formatCount(state.pending)} pending`}
        {state.dropped > 0 && `, ${formatCount(state.dropped)} dropped`}
        {state.lastDeliveredAt !== null && `, last delivered at ${formatTime(state.lastDeliveredAt)}`}
        {state.failingSince !== null &&
          `, failing since ${formatTime(state.failingSince)}: ${state.lastError}`}
      </p>
      {act.isError && <Failure error={act.error} />}
      <div className="actions">
        <button type="button" onClick={() => act.mutate({ path: paused === null ? '/pause' : '/resume' })}>
          {paused === null ? 'Pause' : 'Resume'}
        </button>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Deliveries
        </button>
        <button type="button" className="danger" onClick={() => setRemoving(true)}>
          Remove
        </button>
      </div>
      {isOpen && <Deliveries id={id} />}
      {isRemoving && (
        <Confirm
          title="Remove this webhook?"
          action="Remove it"
          onConfirm={() => act.mutate({ path: '', method: 'DELETE' })}
          onClose={() => setRemoving(false)}
        >
          <p>{`${url} is told of nothing more. What is pending for it, and its log, are deleted.`}</p>
        </Confirm>
      )}
    </section>
  );
}
