import type { Core } from '../core.js';
import type { Channel } from './channel.js';

const USAGE =
  '-USAGE: codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]|calls|' +
  'detailed_calls|bridged_calls|detailed_bridged_calls|aliases|complete|chat|management|modules|nat_map|say|interfaces|' +
  'interface_types|tasks|limits|status\n';

/**
 * `show channels [count] [as json]`, and the same of `calls`, of which the second channel of a bridge is none of its own, and of
 * `bridged_calls`.
 */
export function show(core: Core, argument: string): string {
  const words = argument.trim().toLowerCase().split(/\s+/);
  const isJson = words.at(-2) === 'as' && words.at(-1) === 'json';
  const shown = channelsOf(core, words[0]);
  if (shown === null) return USAGE;
  const rows = shown.map(rowOf);
  if (isJson) return JSON.stringify({ row_count: rows.length, ...(rows.length > 0 ? { rows } : {}) });
  const [first] = rows;
  if (words[1] === 'count' || first === undefined) return `\n${rows.length} total.\n`;
  const lines = [Object.keys(first), ...rows.map((row) => Object.values(row))].map((cells) =>
    cells.join(','),
  );
  return `${lines.join('\n')}\n\n${rows.length} total.\n`;
}

function channelsOf({ channels, bridges }: Core, what: string | undefined): Channel[] | null {
  const all = [...channels.values()];
  const seconds = new Set(bridges.values());
  if (what === 'channels') return all;
  if (what === 'calls') return all.filter(({ uuid }) => !seconds.has(uuid));
  if (what === 'bridged_calls') return all.filter(({ uuid }) => bridges.has(uuid));
  return null;
}

function rowOf(channel: Channel): Record<string, string> {
  const { uuid, name, caller, times, runningState, callState, variables, codecName } = channel;
  return {
    uuid,
    direction: 'inbound',
    created: new Date(times.createdMs).toISOString().slice(0, 19).replace('T', ' '),
    created_epoch: String(Math.floor(times.createdMs / 1000)),
    name,
    state: runningState,
    cid_name: caller.name,
    cid_num: '',
    ip_addr: caller.networkAddress,
    dest: caller.destination,
    application: variables.get('current_application') ?? '',
    application_data: variables.get('current_application_data') ?? '',
    dialplan: 'XML',
    context: 'mrf',
    read_codec: codecName ?? '',
    write_codec: codecName ?? '',
    callstate: callState,
  };
}
