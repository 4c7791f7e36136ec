import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ask, ProblemError } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { Empty, Failure, Loading } from '../ui/notices.js';
import { EventTable } from './event-table.js';
import { Facts } from './facts.js';
import { Recordings } from './recordings.js';
import { SipMessages } from './sip-messages.js';
import { TimeAxis } from './time-axis.js';
import { VerdictPanel } from './verdict.js';
import { type Capture, timesOf, type WholeCall } from './whole-call.js';
import './call.css';

/** The shortest axis. */
const AXIS_MS_LEAST = 1000;

/** A call, which is followed until it has ended. */
export function useCall(id: string) {
  const interval = useInterval(1000);
  return useQuery({
    queryKey: ['call', id],
    queryFn: ({ signal }) => ask<WholeCall>(`/v1/calls/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => state.data?.phase !== 'ended' && interval,
  });
}

/** What was captured of a call; it comes while the call goes on. */
function useCapture({ id, phase }: WholeCall) {
  const interval = useInterval(1000);
  return useQuery({
    // Once more at its end, when all of it is there.
    queryKey: ['capture', id, phase === 'ended'],
    queryFn: ({ signal }) => ask<Capture>(`/v1/calls/${encodeURIComponent(id)}/capture`, { signal }),
    refetchInterval: phase !== 'ended' && interval,
    placeholderData: keepPreviousData,
  });
}

/** All that is known of a call. */
export function CallView({ id }: { id: string }) {
  const call = useCall(id);
  if (call.isError && call.error instanceof ProblemError && call.error.status === 404)
    return (
      <Empty title="This call is not known">
        <p>It was never queued, or its retention has passed, or it is of a lane that your key is not for.</p>
      </Empty>
    );
  if (call.data === undefined)
    return call.isError ? (
      <Failure error={call.error} onRetry={() => void call.refetch()} />
    ) : (
      <Loading what="the call" />
    );
  return <WholeCallView call={call.data} now={call.dataUpdatedAt} />;
}

function WholeCallView({ call, now }: { call: WholeCall; now: number }) {
  const capture = useCapture(call).data;
  const times = timesOf(call);
  const from = times.calling ?? call.events[0]?.event.at ?? now;
  const span = { from, to: Math.max(times.ended ?? now, from + AXIS_MS_LEAST) };
  return (
    <div className="stack">
      <Facts call={call} times={times} />
      {times.calling === null ? (
        <p className="muted">
          {call.phase === 'waiting'
            ? 'It waits in its lane; nobody has been dialled.'
            : 'Nobody was dialled.'}
        </p>
      ) : (
        <TimeAxis call={call} times={times} span={span} capture={capture} />
      )}
      <VerdictPanel call={call} />
      {call.ended !== null && call.ended.recordings.length > 0 && (
        <Recordings id={call.id} recordings={call.ended.recordings} />
      )}
      {capture !== undefined && capture.sip.length > 0 && (
        <SipMessages sip={capture.sip} isMasked={capture.isMasked} from={from} />
      )}
      <section className="panel">
        <h2>Events</h2>
        <EventTable events={call.events} from={from} />
      </section>
    </div>
  );
}
