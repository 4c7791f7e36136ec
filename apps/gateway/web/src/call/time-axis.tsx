import type { CallEvent } from '@outdial/contract';
import { formatDuration } from '../ui/format.js';
import { AxisRow, place, type Span } from './axis.js';
import { FlagTrack } from './flag-track.js';
import type { Flag } from './flags.js';
import { SipLadder } from './sip-ladder.js';
import { tellEvent } from './tell-event.js';
import { Waveform } from './waveform.js';
import { type CallTimes, type Capture, stepsOf, type WholeCall } from './whole-call.js';

const TICKS = 5;
/** Told by the bars of states and steps. */
const SHOWN_ELSEWHERE = ['calling', 'ringing', 'answered', 'stepStarted', 'stepEnded', 'result', 'ended'];
/** What the detector found in what it heard. */
const DETECTED = ['networkTone', 'verdict', 'revised', 'waitEnded'];

/** The way of a call on one time axis. The lists of events and of messages tell the same in words. */
export function TimeAxis({
  call,
  times,
  span,
  capture,
}: {
  call: WholeCall;
  times: CallTimes;
  span: Span;
  capture: Capture | undefined;
}) {
  const { calling, ringing, answered } = times;
  const end = times.ended ?? span.to;
  const points = call.events.filter(({ event }) => !SHOWN_ELSEWHERE.includes(event.type));
  const heard = capture?.heard ?? null;
  const isOfDetector = (type: CallEvent['type']) => heard !== null && DETECTED.includes(type);
  const flagsOf = (ofDetector: boolean) =>
    points
      .filter(({ event }) => isOfDetector(event.type) === ofDetector)
      .map(({ id, event }) => toFlag(id, event, span));
  const others = flagsOf(false);
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
      {heard !== null && <Waveform heard={heard} span={span} flags={flagsOf(true)} />}
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
      {others.length > 0 && (
        <FlagTrack name="Events" label="Events on the time axis" flags={others} span={span} bandRem={0.75} />
      )}
      {capture !== undefined && capture.sip.length > 0 && <SipLadder sip={capture.sip} span={span} />}
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

function toFlag(id: string, event: CallEvent, span: Span): Flag {
  const { title, detail } = tellEvent(event);
  const isVerdict = event.type === 'verdict' || event.type === 'revised';
  const told = isVerdict ? `${detail}: ${event.verdict.evidence}` : detail;
  return {
    key: id,
    at: event.at,
    text: isVerdict ? told : title,
    title: `${title} after ${formatDuration(event.at - span.from)}: ${told}`,
    tone: isVerdict && event.verdict.farEndType === 'LIVE' ? 'good' : 'plain',
    side: 'below',
  };
}
