import type { HeardPeaks } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';
import { AxisRow, place, type Span } from './axis.js';
import { tellEvent } from './tell-event.js';
import { Waveform } from './waveform.js';
import { type CallTimes, stepsOf, type WholeCall } from './whole-call.js';

const TICKS = 5;
/** Told by the bars of states and steps. */
const SHOWN_ELSEWHERE = ['calling', 'ringing', 'answered', 'stepStarted', 'stepEnded', 'result', 'ended'];

/** The way of a call on one time axis. The list of events tells the same in words. */
export function TimeAxis({
  call,
  times,
  span,
  heard,
}: {
  call: WholeCall;
  times: CallTimes;
  span: Span;
  heard: HeardPeaks | null;
}) {
  const verdictAt = call.events.find(({ event }) => event.type === 'verdict')?.event.at ?? null;
  const { calling, ringing, answered } = times;
  const end = times.ended ?? span.to;
  const points = call.events.filter(({ event }) => !SHOWN_ELSEWHERE.includes(event.type));
  const steps = stepsOf(call);
  return (
    <section className="panel axis" aria-label="The call on a time axis">
      <div className="axis-ticks" aria-hidden="true">
        {Array.from(
          { length: TICKS + 1 },
          (_, tick) => span.from + ((span.to - span.from) * tick) / TICKS,
        ).map((at) => (
          <span key={at} style={place(span, at)}>
            {formatDuration(at - span.from)}
          </span>
        ))}
      </div>
      <AxisRow name="States">
        {calling !== null && (
          <Bar span={span} from={calling} to={ringing ?? answered ?? end} kind="calling" text="calling" />
        )}
        {ringing !== null && (
          <Bar span={span} from={ringing} to={answered ?? end} kind="ringing" text="ringing" />
        )}
        {answered !== null && <Bar span={span} from={answered} to={end} kind="up" text="up" />}
      </AxisRow>
      {heard !== null && <Waveform heard={heard} span={span} verdictAt={verdictAt} />}
      {steps.length > 0 && (
        <AxisRow name="Steps">
          {steps.map(({ index, step, startedAt, endedAt, outcome }) => (
            <Bar
              key={index}
              span={span}
              from={startedAt}
              to={endedAt ?? end}
              kind={outcome === 'failed' || outcome === 'timeout' ? 'failed' : 'step'}
              text={step}
            />
          ))}
        </AxisRow>
      )}
      {points.length > 0 && (
        <AxisRow name="Events">
          {points.map(({ id, event }) => (
            <span
              key={id}
              className="axis-point"
              style={place(span, event.at)}
              title={pointTitle(event, span)}
            >
              <span className="hidden">{pointTitle(event, span)}</span>
            </span>
          ))}
        </AxisRow>
      )}
    </section>
  );
}

function Bar({
  span,
  from,
  to,
  kind,
  text,
}: {
  span: Span;
  from: number;
  to: number;
  kind: string;
  text: string;
}) {
  const share = (to - from) / (span.to - span.from);
  const title = `${text}: ${formatDuration(to - from)}`;
  return (
    <span
      className={`axis-bar axis-${kind}`}
      style={{ ...place(span, from), inlineSize: `${share * 100}%` }}
      title={title}
    >
      {text}
    </span>
  );
}

function pointTitle(event: WholeCall['events'][number]['event'], span: Span): string {
  const { title, detail } = tellEvent(event);
  return `${title} after ${formatDuration(event.at - span.from)}: ${detail}`;
}
