import type { Core } from '../core.js';
import { separate } from '../event-socket/arguments.js';
import type { Channel } from './channel.js';
import { hasArrived, park } from './park.js';

const USAGE = '-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n';

/** `uuid_transfer`. The mrf context has no extension for anybody but drachtio-fsmrf, so that the dialplan XML hangs up. */
export function transfer(core: Core, argument: string): string {
  const [uuid = '', ...rest] = separate(argument.trim(), 5);
  const which = rest[0]?.startsWith('-') === true ? rest.shift() : undefined;
  const [destination, dialplan = 'XML'] = rest;
  if (destination === undefined) return USAGE;
  const channel = core.channels.get(uuid);
  if (channel === undefined) return '-ERR No such channel!\n';
  const other = core.channels.get(channel.variables.get('bridge_to') ?? '');
  const moved = which === '-bleg' ? [other ?? channel] : which === '-both' ? [other, channel] : [channel];
  for (const one of moved) if (one !== undefined && !one.isDown) void route(one, destination, dialplan);
  return '+OK\n';
}

/** Takes the channel to a destination: of the dialplan `inline`, which is a list of applications (`park`, `set:a=b,park`). */
async function route(channel: Channel, destination: string, dialplan: string): Promise<void> {
  const stay = channel.moveOn();
  await hasArrived(channel);
  if (stay.aborted || channel.isDown) return;
  channel.changeState('CS_ROUTING');
  if (dialplan !== 'inline') return channel.hangUp('NO_ROUTE_DESTINATION');
  channel.dialplan = 'inline';
  channel.changeState('CS_EXECUTE');
  channel.stay.arrive();
  for (const action of destination.split(',')) {
    const [, name = '', data] = /^ *([^:]*)(?::(.*))?$/s.exec(action) ?? [];
    // Within the application, which no other command runs in.
    if (name === 'park' && (await park(channel, stay, channel.controlled)) !== 'released') return;
    if (name !== 'park') await channel.run(name, data);
    if (stay.aborted || channel.isDown) return;
  }
  await channel.endDialplan();
}
