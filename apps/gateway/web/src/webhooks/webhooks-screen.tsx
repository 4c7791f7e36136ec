import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { WebhookState, webhookSchema } from '../../../src/webhooks/store/webhook.js';
import { ask } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { Empty, Failure, Loading } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import { NewWebhook } from './new-webhook.js';
import { WebhookCard } from './webhook-card.js';
import './webhooks.css';

/** A webhook as it is listed. */
export type Webhook = z.output<typeof webhookSchema> & { state: WebhookState };

/** Where events are delivered, and how that goes. */
export default function WebhooksScreen() {
  const interval = useInterval(2000);
  const webhooks = useQuery({
    queryKey: ['webhooks'],
    queryFn: ({ signal }) => ask<{ webhooks: Webhook[] }>('/v1/webhooks', { signal }),
    refetchInterval: interval,
  });
  return (
    <Screen title="Webhooks">
      {webhooks.isError && <Failure error={webhooks.error} onRetry={() => void webhooks.refetch()} />}
      {webhooks.isPending && <Loading what="webhooks" />}
      <div className="stack">
        {webhooks.data?.webhooks.length === 0 && (
          <Empty title="No webhook is told of events">
            <p>Give the URL of a program that is to be told what becomes of calls.</p>
          </Empty>
        )}
        {webhooks.data?.webhooks.map((webhook) => (
          <WebhookCard key={webhook.id} webhook={webhook} />
        ))}
        <NewWebhook />
      </div>
    </Screen>
  );
}
