import type { Core } from '../core.js';
import { separate } from '../event-socket/arguments.js';
import { toJson, toPlain } from '../event-socket/event.js';
import { bridge } from './bridge.js';
import type { Channel } from './channel.js';
import { channelHeaders } from './channel-data.js';
import { causeNamed } from './hangup-causes.js';
import { parkSession } from './park.js';
import { transfer } from './transfer.js';

/** An API command: takes the whole argument, returns the whole reply. */
export type ApiCommand = (core: Core, argument: string) => string;

const NO_SUCH_CHANNEL = '-ERR No such channel!\n';

/** A command on one channel: `<uuid> <the rest>`. */
function onChannel(
  usage: string,
  command: (channel: Channel, rest: string, core: Core) => string,
): ApiCommand {
  return (core, argument) => {
    const [uuid = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(argument.trim())?.slice(1) ?? [];
    if (uuid === '') return `-USAGE: ${usage}\n`;
    const channel = core.channels.get(uuid);
    return channel === undefined ? NO_SUCH_CHANNEL : command(channel, rest, core);
  };
}

const kill = onChannel('<uuid> [cause]', (channel, cause) => {
  channel.hangUp(causeNamed(cause));
  return '+OK\n';
});

const interrupt = onChannel('<uuid> [all]', (channel, flags) => {
  if (flags.includes('all')) channel.commands.clear();
  channel.writeStream.break();
  return '+OK\n';
});

const parkChannel = onChannel('<uuid>', (channel) => {
  void parkSession(channel);
  return '+OK\n';
});

const setVariable = onChannel('<uuid> <var> [value]', (channel, rest) => {
  const [name, value = null] = separate(rest, 2);
  if (name === undefined) return '-USAGE: <uuid> <var> [value]\n';
  channel.setVariable(name, value);
  return '+OK\n';
});

const setVariables = onChannel('<uuid> <var>=<value>;<var>=<value>...', (channel, rest) => {
  for (const assignment of rest.split(';')) {
    const [, name = '', value = ''] = /^([^=]+)=?(.*)$/s.exec(assignment.trim()) ?? [];
    if (name === '') return '-ERR No variable specified\n';
    channel.setVariable(name, value);
  }
  return '+OK\n';
});

const getVariable = onChannel('<uuid> <var>', (channel, name) =>
  name === '' ? '-USAGE: <uuid> <var>\n' : (channel.variables.get(name) ?? '_undef_'),
);

const dump = onChannel('<uuid> [format]', (channel, format, core) => {
  const event = core.events.build({ name: 'CHANNEL_DATA', headers: channelHeaders(channel) });
  return format.toLowerCase() === 'json' ? toJson(event) : toPlain(event);
});

const setMediaStats: ApiCommand = (core, uuid) => {
  const channel = core.channels.get(uuid.trim());
  if (channel === undefined) return `-ERR No such channel ${uuid}!\n`;
  for (const [name, value] of channel.media?.statistics() ?? []) channel.variables.set(name, value);
  return '+OK:\n';
};

/** Milliseconds: FreeSWITCH's default, and its least duration of a digit. */
const DIGIT_MS = 250;
const LEAST_DIGIT_MS = 50;

/** `<digits>[@<ms>]`; FreeSWITCH writes no answer to it, which its event socket turns into an error. */
const sendDigits = onChannel('<uuid> <dtmf_data>', (channel, text) => {
  const [digits = '', duration = ''] = text.split('@');
  if (digits === '') return '-USAGE: <uuid> <dtmf_data>\n';
  const asked = Number.parseInt(duration, 10) || 0;
  channel.media?.press(digits, asked > LEAST_DIGIT_MS ? asked : DIGIT_MS);
  return '-ERR no reply\n';
});

const hangUpAll: ApiCommand = (core, argument) => {
  const cause = argument === '' ? 'MANAGER_REQUEST' : causeNamed(argument.split(' ')[0]);
  for (const channel of [...core.channels.values()]) channel.hangUp(cause);
  return `+OK hangup all channels with cause ${cause}\n`;
};

export const CHANNEL_COMMANDS: readonly (readonly [string, ApiCommand])[] = [
  ['uuid_kill', kill],
  ['uuid_break', interrupt],
  ['break', interrupt],
  ['uuid_bridge', bridge],
  ['uuid_transfer', transfer],
  ['uuid_park', parkChannel],
  ['uuid_exists', (core, uuid) => String(core.channels.has(uuid.trim()))],
  ['uuid_send_dtmf', sendDigits],
  ['uuid_setvar', setVariable],
  ['uuid_setvar_multi', setVariables],
  ['uuid_getvar', getVariable],
  ['uuid_dump', dump],
  ['uuid_set_media_stats', setMediaStats],
  ['hupall', hangUpAll],
];
