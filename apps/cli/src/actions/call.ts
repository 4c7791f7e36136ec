import { CallChannel, CallEvents, type CallOptions, CallQueue } from '@outdial/client';
import { DEFAULTS } from '@outdial/contract';
import { assertWorkerTakes, whenWorkersAreGone } from '../alive-workers.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, type Interruption, listenForInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { outcomeText, stateLine } from '../render/call-lines.js';
import { type Session, withSession } from '../session.js';

/** How long an ended call may take to be confirmed. */
const HANG_UP_WITHIN_MS = 15_000;

export interface PlacedCall {
  to: string;
  callOptions: CallOptions;
  /** Seconds. */
  hold: number;
}

/** Places one call, and answers how it went. */
export function placeCall(call: PlacedCall, { json }: JsonOption): Promise<ExitStatus> {
  return withSession((session) => place(session, openOutput({ json }), call));
}

async function place(session: Session, output: Output, call: PlacedCall): Promise<ExitStatus> {
  const lane = call.callOptions.lane ?? DEFAULTS.lane;
  await assertWorkerTakes(lane, session.inspection);
  const { redis, prefix } = session;
  const queue = new CallQueue({ redis, prefix });
  const events = new CallEvents({ redis, prefix });
  const channel = new CallChannel({ queue, events });
  const interruption = listenForInterruption();
  // Whoever presses Ctrl-C twice does not want to wait for the callee's answer to our BYE.
  interruption.onSecond(() => process.exit(EXIT.failed));
  const gone = whenWorkersAreGone(lane, session.inspection);
  const show = showStates(channel, output);
  try {
    await Promise.race([run(channel, call, interruption, output), gone.promise]);
    return exitStatusOf(channel);
  } catch (error) {
    // What is still queued must not be dialled once nobody waits for it.
    if (channel.state !== 'IDLE') await queue.cancel(channel.details.jobId ?? '').catch(() => undefined);
    throw error;
  } finally {
    show.stop();
    gone.stop();
    interruption.dispose();
    await events.close();
    await queue.close();
  }
}

/** Calls, tells the outcome, holds an answered call, hangs up. Ctrl-C goes straight to hanging up. */
async function run(
  channel: CallChannel,
  call: PlacedCall,
  { signal }: Interruption,
  output: Output,
): Promise<void> {
  const { to, callOptions, hold } = call;
  await Promise.race([channel.call(to, callOptions), aborted(signal)]);
  if (signal.aborted) await hangUp(channel, output);
  const { state, cause, details } = channel;
  await output.record({ type: 'outcome', state, cause, ...details }, () => outcomeText(channel));
  if (state !== 'ANSWERED') return;
  if (hold > 0) {
    output.say(`holding for ${hold} s; Ctrl-C hangs up`);
    await Promise.race([wait(hold * 1000), aborted(signal), channel.waitForIdle()]);
  }
  await hangUp(channel, output);
}

async function hangUp(channel: CallChannel, output: Output): Promise<void> {
  const isConfirmed = await Promise.race([
    channel.hangUp().then(() => true),
    wait(HANG_UP_WITHIN_MS).then(() => false),
  ]);
  if (!isConfirmed) output.remark('the worker has not confirmed the hang-up; "outdial watch" shows the call');
}

/** Prints each change of the channel's state. */
function showStates(channel: CallChannel, output: Output): { stop(): void } {
  const startedAt = Date.now();
  const listener = () => {
    const at = Date.now();
    void output.record({ type: 'state', state: channel.state, at }, () => stateLine(channel, at - startedAt));
  };
  channel.on('stateChanged', listener);
  return { stop: () => channel.off('stateChanged', listener) };
}

function exitStatusOf({ state, details }: CallChannel): ExitStatus {
  if (state === 'ERROR' || details.error !== null) return EXIT.failed;
  return details.timings.answeredAt === undefined ? EXIT.notAnswered : EXIT.ok;
}

/** Unreferenced, so that a race that it lost does not keep the process. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
