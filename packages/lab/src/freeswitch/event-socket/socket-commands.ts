import { randomUUID } from 'node:crypto';
import { connectHeaders } from '../channel/channel-data.js';
import { executeApi } from './api-commands.js';
import type { SocketCommand } from './command-reader.js';
import { eventNamed } from './event-names.js';
import type { SocketConnection } from './socket-connection.js';

/** Executes a command and returns the reply; null when it has replied itself. */
type Handler = (connection: SocketConnection, rest: string, command: SocketCommand) => string | null;

const UNKNOWN = '-ERR command not found';
const NOT_CONTROLLING = '-ERR not controlling a session';

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['event', ({ subscription }, rest) => subscription.event(words(rest))],
  ['nixevent', ({ subscription }, rest) => subscription.nixevent(words(rest))],
  ['noevents', ({ subscription }) => subscription.noevents()],
  ['filter', ({ subscription }, rest) => (rest === '' ? UNKNOWN : subscription.filter(words(rest)))],
  ['myevents', myEvents],
  ['connect', connect],
  ['getvar', ({ channel }, name) => (channel === null ? UNKNOWN : (channel.variables.get(name) ?? ''))],
  ['linger', linger],
  ['nolinger', noLinger],
  ['divert_events', ({ channel }) => (channel === null ? `${NOT_CONTROLLING}.` : '+OK events not diverted')],
  ['sendmsg', sendMessage],
  ['sendevent', sendEvent],
  ['api', api],
  ['bgapi', backgroundApi],
  ['log', (_, level) => `+OK log level ${level} [${level === '' ? 7 : level}]`],
  ['nolog', () => '+OK no longer logging'],
]);

/** Executes one command of the connection's client, and replies. */
export function executeCommand(connection: SocketConnection, command: SocketCommand): void {
  const line = command.line.trim();
  const [, verb = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(line) ?? [];
  if (/^(exit|\.\.\.)/i.test(line)) {
    connection.reply('+OK bye');
    connection.close();
  } else if (!connection.isAuthenticated) {
    authenticate(connection, verb, rest);
  } else {
    const handler = HANDLERS.get(verb.toLowerCase());
    const reply = handler === undefined ? UNKNOWN : handler(connection, rest, command);
    if (reply !== null) connection.reply(reply === '' ? UNKNOWN : reply);
  }
}

function authenticate(connection: SocketConnection, verb: string, password: string): void {
  if (verb.toLowerCase() !== 'auth') {
    connection.reply(UNKNOWN);
  } else if (password === connection.password) {
    connection.authenticated();
    connection.reply('+OK accepted');
  } else {
    connection.reply('-ERR invalid');
    connection.close();
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** On an inbound connection `myevents <uuid>` names the channel; without a uuid it is an error. */
function myEvents({ channel, subscription }: SocketConnection, rest: string): string {
  const [first = ''] = words(rest);
  const uuid = channel?.uuid ?? first;
  if (uuid === '') return UNKNOWN;
  const format = /\b(json|xml|plain)\b/i.exec(rest)?.[1]?.toLowerCase();
  if (format === 'json' || format === 'xml' || format === 'plain') subscription.format = format;
  return subscription.myevents(uuid);
}

function connect(connection: SocketConnection): string | null {
  const { channel, core } = connection;
  if (channel === null) return UNKNOWN;
  connection.answerConnect(core.events.build({ name: 'CHANNEL_DATA', headers: connectHeaders(channel) }));
  return null;
}

function linger(connection: SocketConnection, rest: string): string {
  if (connection.channel === null) return NOT_CONTROLLING;
  const seconds = rest === '' ? -1 : Number.parseInt(rest, 10) || 0;
  connection.linger(seconds);
  return seconds < 0 ? '+OK will linger' : `+OK will linger ${seconds} seconds`;
}

function noLinger(connection: SocketConnection): string {
  if (connection.channel === null) return NOT_CONTROLLING;
  connection.linger(null);
  return '+OK will not linger';
}

function sendMessage({ channel, core }: SocketConnection, rest: string, command: SocketCommand): string {
  const uuid = rest === '' ? (command.headers.get('session-id') ?? '') : rest;
  const target =
    uuid === '' ? channel : (core.channels.get(uuid) ?? (uuid === channel?.uuid ? channel : null));
  if (target === null) return `-ERR invalid session id [${uuid}]`;
  target.commands.push(command);
  return '+OK';
}

function sendEvent({ core }: SocketConnection, rest: string, { headers, body }: SocketCommand): string {
  const uuid = randomUUID();
  const name = eventNamed(rest) ?? 'CLONE';
  const subclass = name === 'CUSTOM' ? (headers.get('Event-Subclass') ?? null) : null;
  core.events.fire(name, subclass, () => ({ headers: [...headers, ['Event-UUID', uuid]], body }));
  return `+OK ${uuid}`;
}

function api(connection: SocketConnection, rest: string): string | null {
  if (rest === '') return UNKNOWN;
  connection.answerApi(executeApi(connection.core, rest));
  return null;
}

function backgroundApi(
  connection: SocketConnection,
  rest: string,
  { headers }: SocketCommand,
): string | null {
  if (rest === '') return UNKNOWN;
  const { core, channel } = connection;
  const job = headers.get('Job-UUID') ?? randomUUID();
  connection.reply(`+OK Job-UUID: ${job}`, `Job-UUID: ${job}\n`);
  const [, command = '', argument = ''] = /^(\S*) ?(.*)$/s.exec(rest) ?? [];
  const body = executeApi(core, rest);
  core.events.fire('BACKGROUND_JOB', null, () => ({
    headers: [
      ['Job-UUID', job],
      ...(channel === null ? [] : [['Job-Owner-UUID', channel.uuid] as const]),
      ['Job-Command', command],
      ...(argument === '' ? [] : [['Job-Command-Arg', argument] as const]),
    ],
    body,
  }));
  return null;
}
