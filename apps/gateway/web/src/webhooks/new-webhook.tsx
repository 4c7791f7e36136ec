import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { ask } from '../api/ask.js';
import { Failure } from '../ui/notices.js';
import { SecretOnce } from './secret-once.js';
import { readWebhookFields, WebhookFields, type WebhookInput } from './webhook-fields.js';

/** Adds a webhook, and shows its secret this once. */
export function NewWebhook() {
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const create = useMutation({
    mutationFn: (body: WebhookInput) =>
      ask<{ id: string; url: string; secret: string }>('/v1/webhooks', { body }),
    onSuccess: () => {
      form.current?.reset();
      return client.invalidateQueries({ queryKey: ['webhooks'] });
    },
  });
  return (
    <section className="panel">
      <h2>New webhook</h2>
      <form
        ref={form}
        className="webhook-form"
        aria-label="New webhook"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(readWebhookFields(event.currentTarget));
        }}
      >
        <WebhookFields />
        <div className="actions">
          <button type="submit" className="primary" disabled={create.isPending}>
            Add
          </button>
        </div>
      </form>
      {create.isError && <Failure error={create.error} />}
      {create.isSuccess && (
        <SecretOnce
          key={create.data.id}
          title={`${create.data.url} is told of what happens from now on.`}
          secret={create.data.secret}
          onPutAway={() => {
            create.reset();
            form.current?.querySelector('input')?.focus();
          }}
        />
      )}
    </section>
  );
}
