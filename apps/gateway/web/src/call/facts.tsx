import type { ReactNode } from 'react';
import { toRow } from '../calls/call-row.js';
import { outcomeOf } from '../calls/outcome.js';
import { Badge } from '../ui/badge.js';
import { formatDateTime, formatDuration, words } from '../ui/format.js';
import type { CallTimes, WholeCall } from './whole-call.js';

/** What stands in the records of a call. */
export function Facts({ call, times }: { call: WholeCall; times: CallTimes }) {
  const { result, ended } = call;
  const { text, tone } = outcomeOf(toRow(call));
  const error = ended?.error ?? result?.error ?? null;
  const raw = result?.rawCause;
  const rawCause = [raw?.sipStatus, raw?.sipReason]
    .filter((part) => part !== null && part !== undefined)
    .join(' ');
  const digits = Object.entries(ended?.digits ?? {});
  return (
    <section className="panel" aria-label="What is known">
      <dl className="facts">
        <Fact name="State">
          <Badge tone={tone}>{text}</Badge>
        </Fact>
        {error !== null && <Fact name="Error">{`${error.code}: ${error.message}`}</Fact>}
        <Fact name="From">{call.callFrom}</Fact>
        <Fact name="Lane">{call.lane}</Fact>
        <Fact name="Label">{call.label}</Fact>
        <Fact name="Began">{times.calling === null ? null : formatDateTime(times.calling)}</Fact>
        <Fact name="Rang after">{duration(result?.timeToRingMs)}</Fact>
        <Fact name="Answered after">{duration(result?.timeToAnswerMs)}</Fact>
        <Fact name="Was up">{duration(ended?.durationMs)}</Fact>
        <Fact name="Ended by">{ended === null ? null : words(ended.endedBy)}</Fact>
        <Fact name="SIP">{rawCause}</Fact>
        <Fact name="Codec">{result?.codec}</Fact>
        <Fact name="Quality">{tellQuality(ended?.quality)}</Fact>
        {digits.map(([name, entered]) => (
          <Fact key={name} name={`Digits: ${name}`}>
            {entered}
          </Fact>
        ))}
        <Fact name="Worker">{call.workerId}</Fact>
        <Fact name="Call-ID">{ended?.callId ?? result?.callId}</Fact>
        <Fact name="Job">{call.id}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function duration(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : formatDuration(ms);
}

function tellQuality(quality: NonNullable<WholeCall['ended']>['quality'] | undefined): string | null {
  if (quality === null || quality === undefined) return null;
  const { mos, packetsLost, packetsReceived, jitterMs } = quality;
  const heard = mos === null ? 'nothing heard' : `MOS ${mos.toFixed(1)}`;
  return `${heard}, ${packetsLost} of ${packetsReceived + packetsLost} packets lost, jitter ${jitterMs.toFixed(1)} ms`;
}
