import type { CallOptions } from '@outdial/client';
import {
  DEFAULTS,
  LIVE_SPEAKER_DETECT_MODES,
  type LiveSpeakerDetectMode,
  parseCallJob,
} from '@outdial/contract';
import { InvalidArgumentError, Option } from 'commander';
import type { DefineCommand } from '../command.js';
import { addHeader, toNumber, toSecondsFromZero, toTimeout } from '../option-values.js';
import type { JsonOption } from '../output.js';

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
    .option('--hold <seconds>', 'keep an answered call up for so long, a day at most', toHold, 0)
    .addHelpText('after', HELP)
    .action(
      toAction(async (to: string, options: CallCommandOptions) => {
        const callOptions = { ...toCallOptions(options), maxDurationSeconds: longest(options) };
        // Before anything is loaded that a refused call does not need.
        parseCallJob({ ...callOptions, id: 'checked-before-redis-is', callTo: to });
        const { placeCall } = await import('../actions/call.js');
        return placeCall({ to, callOptions, hold: options.hold }, options);
      }),
    );
};

function toCallOptions(options: CallCommandOptions): CallOptions {
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

/** Seconds after which a call is hung up whose command has gone. */
function longest({ hold, lsdTimeout = DEFAULTS.lsdTimeoutMilliseconds }: CallCommandOptions): number {
  return Math.min(hold + Math.ceil(lsdTimeout / 1000) + FORGOTTEN_SECONDS, DEFAULTS.maxDurationSecondsMax);
}

function toHold(text: string): number {
  const value = toSecondsFromZero(text);
  if (value > DEFAULTS.maxDurationSecondsMax)
    throw new InvalidArgumentError(`It is at most ${DEFAULTS.maxDurationSecondsMax}.`);
  return value;
}
