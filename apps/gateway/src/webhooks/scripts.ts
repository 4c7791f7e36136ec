import { gatewayKeys } from '@outdial/contract';
import { defineScripts, type RedisAccess, type RunScript, readScripts } from '@outdial/queue';

const SCRIPTS = readScripts(new URL('./lua/', import.meta.url), {
  common: 'common',
  files: {
    putWebhook: 'put-webhook',
    handOut: 'hand-out',
    addMessage: 'add-message',
    nextMessage: 'next-message',
    settleAttempt: 'settle-attempt',
  },
});
type Name = keyof typeof SCRIPTS;

/** The Lua steps about webhooks; each file says what its arguments and its answer are. */
export class WebhookScripts {
  readonly #access: RedisAccess;
  #run: RunScript<Name> | null = null;

  constructor(access: RedisAccess) {
    this.#access = access;
  }

  /** Rejects with `QUEUE_UNAVAILABLE`. */
  run<Answer>(name: Name, ...args: ReadonlyArray<string | number>): Promise<Answer> {
    return this.#access.request('webhooks', (client) => {
      const { prefix } = this.#access;
      const names = gatewayKeys(prefix);
      this.#run ??= defineScripts(client, {
        namespace: 'outdial-webhooks',
        scripts: SCRIPTS,
        keys: [
          names.webhooks,
          names.webhooksVersion,
          names.webhooksCursor,
          names.webhooksDue,
          names.webhookState(''),
          names.webhookCalls(''),
          names.webhookMessages('', '').slice(0, -1),
          names.webhookLog(''),
        ],
      });
      return this.#run<Answer>(name, ...args);
    });
  }
}
