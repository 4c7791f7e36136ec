import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { ask } from '../api/ask.js';
import { Badge } from '../ui/badge.js';
import { Confirm } from '../ui/confirm.js';
import { formatCount, formatTime } from '../ui/format.js';
import { Failure } from '../ui/notices.js';
import { Deliveries } from './deliveries.js';
import { EditWebhook } from './edit-webhook.js';
import { RotateSecret } from './rotate-secret.js';
import { SecretOnce } from './secret-once.js';
import type { Webhook } from './webhooks-screen.js';

const BECAUSE = {
  asked: 'paused',
  failing: 'paused, it kept failing',
  gone: 'paused, it answered 410',
} as const;

/** A webhook: how it does, its switches, and what was delivered to it. */
export function WebhookCard({ webhook }: { webhook: Webhook }) {
  const { id, url, name, paused, state } = webhook;
  const [isOpen, setOpen] = useState(false);
  const [isEdited, setEdited] = useState(false);
  const [asked, setAsked] = useState<'rotate' | 'remove' | null>(null);
  const editButton = useRef<HTMLButtonElement>(null);
  const { act, rotate } = useChanges(id);
  const isFailing = state.failingSince !== null;
  return (
    <section className="panel" aria-labelledby={`webhook-${id}`}>
      <h2 id={`webhook-${id}`} className="webhook-name">
        {name === '' ? url : name} {paused !== null && <Badge tone="warn">{BECAUSE[paused.because]}</Badge>}{' '}
        {paused === null && (
          <Badge tone={isFailing ? 'bad' : 'good'}>{isFailing ? 'failing' : 'delivering'}</Badge>
        )}
      </h2>
      <HowItDoes webhook={webhook} />
      {act.isError && <Failure error={act.error} />}
      {rotate.isError && <Failure error={rotate.error} />}
      {rotate.isSuccess && (
        <SecretOnce
          key={rotate.data.secret}
          title="It has a new secret."
          secret={rotate.data.secret}
          onPutAway={() => {
            rotate.reset();
            editButton.current?.focus();
          }}
        />
      )}
      <div className="actions">
        <button type="button" onClick={() => act.mutate({ path: paused === null ? '/pause' : '/resume' })}>
          {paused === null ? 'Pause' : 'Resume'}
        </button>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Deliveries
        </button>
        <button ref={editButton} type="button" aria-expanded={isEdited} onClick={() => setEdited(!isEdited)}>
          Edit
        </button>
        <button type="button" onClick={() => setAsked('rotate')}>
          Rotate secret
        </button>
        <button type="button" className="danger" onClick={() => setAsked('remove')}>
          Remove
        </button>
      </div>
      {isEdited && (
        <EditWebhook
          webhook={webhook}
          onClose={() => {
            setEdited(false);
            editButton.current?.focus();
          }}
        />
      )}
      {isOpen && <Deliveries id={id} />}
      {asked === 'rotate' && (
        <RotateSecret
          onRotate={(overlapSeconds) => rotate.mutate(overlapSeconds)}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === 'remove' && (
        <Confirm
          title="Remove this webhook?"
          action="Remove it"
          onConfirm={() => act.mutate({ path: '', method: 'DELETE' })}
          onClose={() => setAsked(null)}
        >
          <p>{`${url} is told of nothing more. What is pending for it, and its log, are deleted.`}</p>
        </Confirm>
      )}
    </section>
  );
}

function useChanges(id: string) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['webhooks'] });
  const act = useMutation({
    mutationFn: ({ path, method = 'POST' }: { path: string; method?: string }) =>
      ask(`/v1/webhooks/${id}${path}`, { method }),
    onSettled,
  });
  const rotate = useMutation({
    mutationFn: (overlapSeconds: number) =>
      ask<{ secret: string }>(`/v1/webhooks/${id}/rotate`, { body: { overlapSeconds } }),
    onSettled,
  });
  return { act, rotate };
}

function HowItDoes({ webhook }: { webhook: Webhook }) {
  const { url, state, types, lane, label, formerSecretUntil } = webhook;
  return (
    <>
      <p className="webhook-address">{url}</p>
      <p className="muted">
        {[
          types === null ? 'all events of calls' : types.join(', '),
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
      {formerSecretUntil !== null && (
        <p>{`Signed by two secrets: the former one, too, until ${formatTime(formerSecretUntil)}.`}</p>
      )}
    </>
  );
}
