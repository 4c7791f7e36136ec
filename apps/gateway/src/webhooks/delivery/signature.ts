import { createHmac, randomBytes } from 'node:crypto';
import type { WebhookSecret } from '../store/webhook.js';

/** Standard Webhooks 1.0.0: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new secret: `whsec_` and 256 random bits in base64. */
export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** The headers that prove who sent a message, by every secret that holds now. */
export function signatureHeaders(
  secrets: readonly WebhookSecret[],
  { id, body, now }: { id: string; body: string; now: number },
): Record<string, string> {
  const timestamp = Math.floor(now / 1000);
  const content = `${id}.${timestamp}.${body}`;
  const signatures = secrets
    .filter(({ until }) => until === null || until > now)
    .map(({ text }) => {
      const key = Buffer.from(text.slice(SECRET_PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
