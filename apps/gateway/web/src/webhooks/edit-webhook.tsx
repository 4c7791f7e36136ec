import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ask } from '../api/ask.js';
import { Failure } from '../ui/notices.js';
import { readWebhookFields, WebhookFields, type WebhookInput } from './webhook-fields.js';
import type { Webhook } from './webhooks-screen.js';

/** Changes where a webhook is called, and what it is told of. */
export function EditWebhook({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (body: WebhookInput) => ask(`/v1/webhooks/${webhook.id}`, { method: 'PATCH', body }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['webhooks'] });
      onClose();
    },
  });
  return (
    <form
      className="webhook-form"
      aria-label="Edit the webhook"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(readWebhookFields(event.currentTarget));
      }}
    >
      <WebhookFields webhook={webhook} />
      <p className="muted">What is pending goes to the new URL.</p>
      {save.isError && <Failure error={save.error} />}
      <div className="actions">
        <button type="submit" className="primary" disabled={save.isPending}>
          Save
        </button>
        <button type="button" onClick={onClose}>
          Discard
        </button>
      </div>
    </form>
  );
}
