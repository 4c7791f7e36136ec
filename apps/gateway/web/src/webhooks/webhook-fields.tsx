import type { MessageType } from '../../../src/webhooks/store/webhook.js';
import type { Webhook } from './webhooks-screen.js';

/** Held to the API by its type alone: the module itself would bring all schemas into the page. */
const TYPES = Object.keys({
  calling: true,
  ringing: true,
  networkTone: true,
  answered: true,
  verdict: true,
  revised: true,
  waitEnded: true,
  stepStarted: true,
  stepEnded: true,
  commandEnded: true,
  notified: true,
  recordingStarted: true,
  recordingEnded: true,
  leg: true,
  result: true,
  ended: true,
  webhookPaused: true,
} satisfies Record<MessageType, true>) as MessageType[];

/** What of a webhook is its owner's choice. */
export type WebhookInput = Pick<Webhook, 'url' | 'name' | 'types' | 'lane' | 'label'>;

/** The fields of a form for a webhook; they begin with those of the given one. */
export function WebhookFields({ webhook }: { webhook?: WebhookInput }) {
  return (
    <>
      <div className="webhook-fields">
        <label className="webhook-url">
          URL
          <input
            name="url"
            type="url"
            required
            placeholder="https://example.com/calls"
            maxLength={2000}
            defaultValue={webhook?.url}
          />
        </label>
        <label>
          Name
          <input name="name" maxLength={100} defaultValue={webhook?.name} />
        </label>
        <label>
          Lane
          <input name="lane" placeholder="any" defaultValue={webhook?.lane ?? ''} />
        </label>
        <label>
          Label
          <input name="label" placeholder="any" defaultValue={webhook?.label ?? ''} />
        </label>
      </div>
      <fieldset className="webhook-types">
        <legend>Events (where none is chosen: all events of calls)</legend>
        {TYPES.map((type) => (
          <label key={type} className="field-inline">
            <input
              type="checkbox"
              name="types"
              value={type}
              defaultChecked={webhook?.types?.includes(type) ?? false}
            />
            {type}
          </label>
        ))}
      </fieldset>
    </>
  );
}

/** What stands in such a form. */
export function readWebhookFields(form: HTMLFormElement): WebhookInput {
  const data = new FormData(form);
  const text = (name: string) => String(data.get(name) ?? '').trim();
  const types = data.getAll('types') as MessageType[];
  return {
    url: text('url'),
    name: text('name'),
    types: types.length === 0 ? null : types,
    lane: text('lane') === '' ? null : text('lane'),
    label: text('label') === '' ? null : text('label'),
  };
}
