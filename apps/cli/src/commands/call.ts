import type { CallOptions } from '@outdial/client';
import {
  type CountryCode,
  DEFAULTS,
  LIVE_SPEAKER_DETECT_MODES,
  type LiveSpeakerDetectMode,
  parseCallJob,
} from '@outdial/contract';
import { InvalidArgumentError, Option } from 'commander';
import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';
import { addHeader, toCountry, toNumber, toSecondsFromZero, toTimeout } from '../parse-options.js';

interface CallCommandOptions extends JsonOption {
  from?: string;
  timeout?: number | 'none';
  codecs?: string;
  lsd?: LiveSpeakerDetectMode | true;
  lsdTimeout?: number;
  lane: string;
  trunk?: string;
  header?: Record<string, string>;
  hold: number;
  defaultCountry?: CountryCode;
}

/** If this command is killed, the worker hangs the call up this long after its expected end. */
const KILLED_COMMAND_GRACE_SECONDS = 60;

const HELP = `
Examples:
  outdial call sip:human@lab --lsd
  outdial call tel:+441632960001 --from +441632960999 --timeout 20 --json

Exit status: 0 answered, 3 placed and not answered, 1 failure, 2 invalid arguments (no call was placed).
Ctrl-C hangs up.`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description('Places one call through the queue, shows its progress and prints its outcome.')
    .argument('<to>', 'a telephone number (tel:+44..., or digits) or a SIP address')
    .option('--from <caller>', 'the caller id; required for telephone numbers')
    .option(
      '--timeout <seconds>',
      `how long to wait for an answer, or "none" (default: ${DEFAULTS.secondsTimeout})`,
      toTimeout,
    )
    .option('--codecs <list>', 'codecs in order of preference, such as "g711a;g711u"')
    .addOption(
      new Option('--lsd [mode]', 'detect whether a person, an answering machine or a fax answers').choices(
        LIVE_SPEAKER_DETECT_MODES,
      ),
    )
    .option(
      '--lsd-timeout <ms>',
      `time limit of the detection in milliseconds (default: ${DEFAULTS.lsdTimeoutMilliseconds})`,
      toNumber,
    )
    .option('--lane <lane>', 'the lane of the job', DEFAULTS.lane)
    .option('--trunk <name>', 'the trunk to use')
    .option('--header <name=value>', 'a SIP header of the INVITE; can be repeated', addHeader)
    .option('--hold <seconds>', 'how long to hold an answered call, at most a day', toHold, 0)
    .addOption(
      new Option('--default-country <code>', 'the country of numbers in national form, such as GB')
        .env('OUTDIAL_DEFAULT_COUNTRY')
        .argParser(toCountry),
    )
    .addHelpText('after', HELP)
    .action(
      toAction(async (to: string, options: CallCommandOptions) => {
        const callOptions = { ...toCallOptions(options), maxDurationSeconds: longest(options) };
        // Before loading modules that an invalid call does not need.
        const numbers = { defaultCountry: options.defaultCountry };
        const job = parseCallJob({ ...callOptions, id: 'checked-before-redis-is', callTo: to }, numbers);
        const { placeCall } = await import('../actions/call.js');
        const { callTo, callFrom } = job;
        const normalised = { ...callOptions, ...(callFrom !== undefined && { callFrom }) };
        return placeCall({ to: callTo, asWritten: to, callOptions: normalised, hold: options.hold }, options);
      }),
    );
};

function toCallOptions(options: CallCommandOptions): CallOptions {
  const { from, timeout, codecs, lsd, lsdTimeout, lane, trunk, header } = options;
  return {
    lane,
    ...(from !== undefined && { callFrom: from }),
    ...(timeout !== undefined && { secondsTimeout: timeout === 'none' ? null : timeout }),
    ...(codecs !== undefined && { codecs }),
    ...(lsd !== undefined && { liveSpeakerDetect: lsd === true ? 'DEFAULT' : lsd }),
    ...(lsdTimeout !== undefined && { lsdTimeoutMilliseconds: lsdTimeout }),
    ...(trunk !== undefined && { trunk }),
    ...(header !== undefined && { headers: header }),
  };
}

/** The maximum duration of the call in seconds, which applies if this command is killed. */
function longest({ hold, lsdTimeout = DEFAULTS.lsdTimeoutMilliseconds }: CallCommandOptions): number {
  return Math.min(
    hold + Math.ceil(lsdTimeout / 1000) + KILLED_COMMAND_GRACE_SECONDS,
    DEFAULTS.maxDurationSecondsMax,
  );
}

function toHold(text: string): number {
  const value = toSecondsFromZero(text);
  if (value > DEFAULTS.maxDurationSecondsMax)
    throw new InvalidArgumentError(`Expected at most ${DEFAULTS.maxDurationSecondsMax}.`);
  return value;
}
