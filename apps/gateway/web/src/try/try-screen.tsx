import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { ask } from '../api/ask.js';
import { useCaller } from '../api/session.js';
import { CallView } from '../call/call-view.js';
import { Failure } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import './try.css';

/** Places a call, and shows it live. */
export default function TryScreen() {
  const { key, can } = useCaller();
  const place = useMutation({
    mutationFn: (job: object) => ask<{ id: string; warnings: string[] }>('/v1/calls', { body: job }),
  });
  const [planError, setPlanError] = useState<string | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      setPlanError(null);
      place.mutate(jobOf(new FormData(event.currentTarget)));
    } catch (error) {
      setPlanError((error as Error).message);
    }
  };
  return (
    <Screen title="Try a call">
      <form className="panel try" onSubmit={submit}>
        <label>
          Call
          <input
            name="callTo"
            required
            placeholder="+44 1632 960001 or sip:ann@example.com"
            maxLength={255}
          />
        </label>
        <label>
          From
          <input name="callFrom" placeholder="needed for telephone numbers" maxLength={255} />
        </label>
        <label>
          Lane
          <input name="lane" defaultValue={key.lanes?.[0] ?? 'default'} maxLength={64} />
        </label>
        <label>
          Seconds to ring, at most
          <input name="secondsTimeout" type="number" min="1" max="3600" defaultValue="30" />
        </label>
        <label>
          Live speaker detection
          <select name="liveSpeakerDetect" defaultValue="DEFAULT">
            <option value="DEFAULT">on</option>
            <option value="">off</option>
          </select>
        </label>
        <details>
          <summary>What to do when it is answered</summary>
          <label>
            Plan, as JSON
            <textarea name="plan" rows={6} spellCheck={false} aria-describedby="plan-help plan-error" />
          </label>
          <p className="muted" id="plan-help">
            {
              'For example {"onLive": [{"step": "hold", "seconds": 5}, {"step": "hangUp"}]}. Without one, the call is hung up once it is known who answered.'
            }
          </p>
          <p className="try-error" id="plan-error" role="alert">
            {planError}
          </p>
        </details>
        <div className="actions">
          <button type="submit" className="primary" disabled={place.isPending}>
            Place the call
          </button>
        </div>
      </form>
      {place.isError && <Failure error={place.error} />}
      {place.isSuccess && (
        <section className="tried" aria-label="The call">
          {place.data.warnings.map((warning) => (
            <p key={warning} className="notice">
              {warning}
            </p>
          ))}
          {can('calls:read') ? (
            <>
              <p>
                <Link href={`/calls/${encodeURIComponent(place.data.id)}`}>Open the call by itself</Link>
              </p>
              <CallView id={place.data.id} />
            </>
          ) : (
            <p>{`The call is queued as ${place.data.id}.`}</p>
          )}
        </section>
      )}
    </Screen>
  );
}

/** The job of a form. Throws for a plan that is no JSON. */
function jobOf(form: FormData): object {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const given = (name: string) => (text(name) === '' ? {} : { [name]: text(name) });
  const plan = text('plan');
  return {
    callTo: text('callTo'),
    ...given('callFrom'),
    ...given('lane'),
    ...given('liveSpeakerDetect'),
    ...(text('secondsTimeout') !== '' && { secondsTimeout: Number(text('secondsTimeout')) }),
    ...(plan !== '' && { plan: JSON.parse(plan) as object }),
  };
}
