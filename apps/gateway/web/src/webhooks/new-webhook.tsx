import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ask } from '../api/ask.js';
import { Failure } from '../ui/notices.js';

/** Adds a webhook, and shows its secret this once. */
export function NewWebhook() {
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: (body: { url: string; name: string }) =>
      ask<{ id: string; url: string; secret: string }>('/v1/webhooks', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  return (
    <section className="panel">
      <h2>New webhook</h2>
      <form
        className="new-webhook"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          create.mutate({ url: String(form.get('url')), name: String(form.get('name')) });
        }}
      >
        <label>
          URL
          <input name="url" type="url" required placeholder="https://example.com/calls" maxLength={2000} />
        </label>
        <label>
          Name
          <input name="name" maxLength={100} />
        </label>
        <button type="submit" className="primary" disabled={create.isPending}>
          Add
        </button>
      </form>
      {create.isError && <Failure error={create.error} />}
      {create.isSuccess && (
        <div className="notice" role="status">
          <p className="notice-title">{`${create.data.url} is told of all events from now on.`}</p>
          <p>
            Its secret, which is shown this once: <code>{create.data.secret}</code>
          </p>
        </div>
      )}
    </section>
  );
}
