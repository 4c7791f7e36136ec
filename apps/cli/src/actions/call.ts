import { CallChannel, CallEvents, type CallOptions, CallQueue } from '@outdial/client';
import { DEFAULTS, endedState } from '@outdial/contract';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, type Interruption, openInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { assertLaneHasWorkers, watchLaneWorkers } from '../queue/lane-workers.js';
import { type Session, withSession } from '../queue/session.js';
import { outcomeText, stateLine } from '../render/call-lines.js';

/** How long to wait for the confirmation that the call has ended. */
const HANG_UP_WITHIN_MS = 15_000;

export interface PlacedCall {
  /** In its normal form. */
  to: string;
  asWritten: string;
  callOptions: CallOptions;
  /** Seconds. */
  hold: number;
}

/** Places one call, and returns how it ended. */
export function placeCall(call: PlacedCall, { json }: JsonOption): Promise<ExitStatus> {
  return withSession((session) => place(session, openOutput({ json }), call));
}

async function place(session: Session, output: Output, call: PlacedCall): Promise<ExitStatus> {
  const lane = call.callOptions.lane ?? DEFAULTS.lane;
  await assertLaneHasWorkers(lane, session.inspection);
  const { redis, prefix } = session;
  const queue = new CallQueue({ redis, prefix });
  const events = new CallEvents({ redis, prefix });
  const channel = new CallChannel({ queue, events });
  const interruption = openInterruption();
  const gone = watchLaneWorkers(lane, session.inspection);
  const states = printStates(channel, output);
  try {
    await Promise.race([run(channel, call, interruption, output), gone.promise]);
    return exitStatusOf(channel);
  } catch (error) {
    // A job that is still queued must not be dialled later.
    if (channel.state !== 'IDLE') await queue.cancel(channel.details.jobId ?? '').catch(() => undefined);
    throw error;
  } finally {
    states.close();
    gone.close();
    interruption.close();
    await events.close();
    await queue.close();
  }
}

/** Calls, prints the outcome, holds an answered call, and hangs up. Ctrl-C hangs up immediately. */
async function run(
  channel: CallChannel,
  call: PlacedCall,
  { signal }: Interruption,
  output: Output,
): Promise<void> {
  const { to, asWritten, callOptions, hold } = call;
  if (to !== asWritten) output.print(`${asWritten} is dialled as ${to}`);
  await Promise.race([channel.call(to, callOptions), aborted(signal)]);
  if (signal.aborted) await hangUp(channel, output);
  const { state, cause, details } = channel;
  await output.record({ type: 'outcome', state, cause, ...details }, () => outcomeText(channel));
  if (state !== 'ANSWERED') return;
  if (hold > 0) {
    output.print(`holding for ${hold} s; Ctrl-C hangs up`);
    await Promise.race([wait(hold * 1000), aborted(signal), channel.waitForIdle()]);
  }
  await hangUp(channel, output);
}

async function hangUp(channel: CallChannel, output: Output): Promise<void> {
  const isConfirmed = await Promise.race([
    channel.hangUp().then(() => true),
    wait(HANG_UP_WITHIN_MS).then(() => false),
  ]);
  if (!isConfirmed) output.note('the worker has not confirmed the hang-up; "outdial watch" shows the call');
}

/** Prints each state of the channel until it is closed. */
function printStates(channel: CallChannel, output: Output): { close(): void } {
  const startedAt = Date.now();
  const listener = () => {
    const at = Date.now();
    void output.record({ type: 'state', state: channel.state, at }, () => stateLine(channel, at - startedAt));
  };
  channel.on('stateChanged', listener);
  return { close: () => channel.off('stateChanged', listener) };
}

function exitStatusOf({ state, details }: CallChannel): ExitStatus {
  if (state === 'ERROR' || endedState(details.error) === 'ERROR') return EXIT.failed;
  return details.timings.answeredAt === undefined ? EXIT.notAnswered : EXIT.ok;
}

/** Does not keep the process alive. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
