import { CallChannel, CallEvents, type CallOptions, CallQueue } from '@outdial/client';
import {
  DEFAULTS,
  LIVE_SPEAKER_DETECT_MODES,
  type LiveSpeakerDetectMode,
  parseCallJob,
} from '@outdial/contract';
import { Option } from 'commander';
import { assertWorkerTakes, whenWorkersAreGone } from '../alive-workers.js';
import type { DefineCommand } from '../command.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, type Interruption, listenForInterruption } from '../interruption.js';
import { addHeader, toNumber, toSecondsFromZero, toTimeout } from '../option-values.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { outcomeText, stateLine } from '../render/call-lines.js';
import { type Session, withSession } from '../session.js';

interface CallCommandOptions extends JsonOption {
  from?: string;
  timeout?: number | null;
  codecs?: string;
  lsd?: LiveSpeakerDetectMode | true;
  lsdTimeout?: number;
  lane: string;
  trunk?: string;
  header?: Record<string, string>;
  hold: number;
}

/** How long an ended call may take to be confirmed. */
const HANG_UP_WITHIN_MS = 15_000;
/** A call whose command was killed is hung up by its worker so long after it should have been over. */
const FORGOTTEN_SECONDS = 60;

const HELP = `
Examples:
  outdial call sip:human@lab --lsd
  outdial call tel:+441632960001 --from +441632960999 --timeout 20 --json

Exit status: 0 answered, 3 placed and not answered, 1 it went wrong, 2 malformed (nobody was called).
Ctrl-C hangs up.`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description('Places one call through the queue, shows it live and prints its outcome.')
    .argument('<to>', 'a telephone number (tel:+44..., or digits) or a SIP address')
    .option('--from <caller>', 'the caller id; compulsory for telephone numbers')
    .option(
      '--timeout <seconds>',
      `seconds until the call is given up, or "none" (default: ${DEFAULTS.secondsTimeout})`,
      toTimeout,
    )
    .option('--codecs <list>', 'in order of priority, as "g711a;g711u"')
    .addOption(
      new Option('--lsd [mode]', 'detect whether a person, a machine or a fax answers').choices(
        LIVE_SPEAKER_DETECT_MODES,
      ),
    )
    .option('--lsd-timeout <ms>', `time for that (default: ${DEFAULTS.lsdTimeoutMilliseconds})`, toNumber)
    .option('--lane <lane>', 'the lane to queue in', DEFAULTS.lane)
    .option('--trunk <name>', 'the trunk to go through')
    .option('--header <name=value>', 'a SIP header of the INVITE; may be given again', addHeader)
    .option('--hold <seconds>', 'keep an answered call up for so long', toSecondsFromZero, 0)
    .addHelpText('after', HELP)
    .action(
      toAction(async (to: string, { json, hold, ...options }: CallCommandOptions) => {
        const callOptions = { ...toCallOptions(options), maxDurationSeconds: longest(options, hold) };
        parseCallJob({ ...callOptions, id: 'checked-before-redis-is', callTo: to });
        return withSession((session) => placeCall(session, openOutput({ json }), { to, callOptions, hold }));
      }),
    );
};

function toCallOptions(options: Omit<CallCommandOptions, 'json' | 'hold'>): CallOptions {
  const { from, timeout, codecs, lsd, lsdTimeout, lane, trunk, header } = options;
  return {
    lane,
    ...(from !== undefined && { callFrom: from }),
    ...(timeout !== undefined && { secondsTimeout: timeout }),
    ...(codecs !== undefined && { codecs }),
    ...(lsd !== undefined && { liveSpeakerDetect: lsd === true ? 'DEFAULT' : lsd }),
    ...(lsdTimeout !== undefined && { lsdTimeoutMilliseconds: lsdTimeout }),
    ...(trunk !== undefined && { trunk }),
    ...(header !== undefined && { headers: header }),
  };
}

function longest(
  { lsdTimeout = DEFAULTS.lsdTimeoutMilliseconds }: Pick<CallCommandOptions, 'lsdTimeout'>,
  hold: number,
) {
  return hold + Math.ceil(lsdTimeout / 1000) + FORGOTTEN_SECONDS;
}

interface PlacedCall {
  to: string;
  callOptions: CallOptions;
  hold: number;
}

async function placeCall(session: Session, output: Output, call: PlacedCall): Promise<ExitStatus> {
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
