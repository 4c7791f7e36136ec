import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type ApiCommand, CHANNEL_COMMANDS } from '../channel/channel-commands.js';
import { show } from '../channel/show-channels.js';
import { type Core, FREESWITCH_VERSION } from '../core.js';
import { audioFork } from '../media/audio-fork-commands.js';
import { sofiaProfileStatus, sofiaStatus } from '../sofia/sofia-status.js';

const MODULES = new Set(['mod_sofia', 'mod_audio_fork', 'mod_event_socket', 'mod_commands', 'mod_dptools']);

const COMMANDS: ReadonlyMap<string, ApiCommand> = new Map<string, ApiCommand>([
  ...CHANNEL_COMMANDS,
  ['uuid_audio_fork', audioFork],
  ['sofia', sofia],
  ['show', show],
  ['status', status],
  ['version', version],
  ['global_getvar', globalVariable],
  ['fsctl', control],
  ['conference', conference],
  ['module_exists', (_, name) => String(MODULES.has(name.trim()))],
  // Like FreeSWITCH, it does not apply `sound_prefix`.
  ['file_exists', (_, path) => String(existsSync(path.trim()))],
  ['hostname', (core) => core.hostname],
  ['switchname', (core) => core.hostname],
  ['echo', (_, text) => text],
  ['uptime', (core) => `${Math.floor(core.uptimeMs / 1000)}\n`],
  ['create_uuid', () => randomUUID()],
  ['reloadxml', () => '+OK [Success]\n'],
]);

/** Executes an API command such as `uuid_kill <uuid>`; the reply is never empty. */
export function executeApi(core: Core, command: string): string {
  const [, name = '', argument = ''] = /^(\S*) ?(.*)$/s.exec(command) ?? [];
  const run = COMMANDS.get(name);
  if (run === undefined) return `-ERR ${name} Command not found!\n`;
  return run(core, argument) || '-ERR no reply\n';
}

function sofia(core: Core, argument: string): string {
  const [verb, what, name] = argument.trim().split(/\s+/);
  if (verb !== 'status') return 'USAGE:\nsofia status [profile <name>]\n';
  if (what === undefined) return sofiaStatus(core);
  return what === 'profile' && name === 'drachtio_mrf' ? sofiaProfileStatus(core) : 'Invalid Profile!\n';
}

function status(core: Core): string {
  const { limits, channels } = core;
  return [
    `UP ${core.describeUptime()}`,
    `FreeSWITCH (Version ${FREESWITCH_VERSION} 64bit) is ready`,
    `${limits.sinceStartup} session(s) since startup`,
    `${channels.size} session(s) - peak ${limits.peak}, last 5min ${limits.peak} `,
    `${limits.lastSecond} session(s) per Sec out of max ${limits.sessionsPerSecond}, peak ${limits.lastSecond} `,
    `${limits.maxSessions} session(s) max`,
    'min idle cpu 0.00/100.00',
    '',
  ].join('\n');
}

function version(_: Core, argument: string): string {
  return argument.includes('short')
    ? `${FREESWITCH_VERSION}\n`
    : `FreeSWITCH Version ${FREESWITCH_VERSION} (64bit)\n`;
}

function globalVariable({ variables }: Core, name: string): string {
  if (name !== '') return variables.get(name.trim()) ?? '';
  return [...variables].map(([key, value]) => `${key}=${value}\n`).join('');
}

/** `fsctl max_sessions [n]`, `fsctl sps [n]`, `fsctl ready_check`. */
function control({ limits }: Core, argument: string): string {
  const [what, value] = argument.trim().split(/\s+/);
  const number = Number.parseInt(value ?? '', 10);
  switch (what) {
    case 'max_sessions':
      if (number > 0) limits.maxSessions = number;
      return `+OK max sessions: ${limits.maxSessions}\n`;
    case 'sps':
      if (number > 0) limits.sessionsPerSecond = number;
      return `+OK sessions per second: ${limits.sessionsPerSecond}\n`;
    case 'ready_check':
      return 'true';
    case 'pause_check':
      return 'false';
    default:
      return '-USAGE: [max_sessions [num]|sps [num]|ready_check|pause_check]\n';
  }
}

/** The lab has no conferences. */
function conference(_: Core, argument: string): string {
  const [name = ''] = argument.trim().split(/\s+/);
  return name === 'list' ? '+OK No active conferences.\n' : `-ERR Conference ${name} not found\n`;
}
