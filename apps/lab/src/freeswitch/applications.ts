import type { Channel } from './channel.js';
import { NORMAL_CLEARING } from './hangup-causes.js';
import { playback, playForever } from './playback.js';

/** A dialplan application; `argument` has its variables expanded and is `''` when there is none. */
type Application = (channel: Channel, argument: string) => Promise<void> | void;

const nothing: Application = () => {};

const APPLICATIONS: ReadonlyMap<string, Application> = new Map<string, Application>([
  ['answer', nothing],
  ['pre_answer', nothing],
  ['park', nothing],
  ['log', nothing],
  ['info', nothing],
  ['event', nothing],
  ['set', (channel, argument) => void set(channel, argument)],
  ['export', exportVariable],
  ['unset', (channel, name) => channel.setVariable(name, null)],
  ['multiset', multiset],
  ['set_mute', setMute],
  ['sleep', (channel, milliseconds) => channel.pause(Number.parseInt(milliseconds, 10) || 0)],
  ['playback', playback],
  ['endless_playback', playForever],
  ['break', (channel) => channel.mouth.break()],
  ['hangup', (channel, cause) => channel.hangUp(cause === '' ? NORMAL_CLEARING : cause)],
]);

/**
 * Runs an application and tells of it by CHANNEL_EXECUTE and CHANNEL_EXECUTE_COMPLETE. One that does not exist hangs
 * the channel up, and nothing tells that it has been executed.
 */
export async function execute(
  channel: Channel,
  name: string,
  argument: string | undefined,
  uuid: string,
): Promise<void> {
  if (channel.isDown) return;
  const application = APPLICATIONS.get(name);
  if (application === undefined) return channel.hangUp('DESTINATION_OUT_OF_ORDER');
  const expanded = channel.expand(argument ?? '');
  const { variables } = channel;
  variables.set('current_application', name);
  channel.setVariable('current_application_data', expanded);
  variables.delete('current_application_response');
  const headers: (readonly [string, string])[] = [
    ['Application', name],
    ...(expanded === '' ? [] : [['Application-Data', expanded] as const]),
  ];
  channel.fire('CHANNEL_EXECUTE', [...headers, ['Application-UUID', uuid]]);
  // Not awaited when it ends at once: what follows must not come a turn later than it has to.
  const done = application(channel, expanded);
  if (done !== undefined) await done;
  const response = variables.get('current_application_response') ?? '_none_';
  channel.fire('CHANNEL_EXECUTE_COMPLETE', [
    ...headers,
    ['Application-Response', response],
    ['Application-UUID', uuid],
  ]);
}

function set(channel: Channel, assignment: string): string {
  const [, name = assignment, value = ''] = /^([^=,]*)[=,](.*)$/s.exec(assignment) ?? [];
  channel.setVariable(name, value);
  return name;
}

function exportVariable(channel: Channel, assignment: string): void {
  const name = set(channel, assignment);
  const exported = channel.variables.get('export_vars');
  channel.variables.set('export_vars', exported === undefined ? name : `${exported},${name}`);
}

/** `a=1 b=2`, or `^^^a=1^b=2` with another delimiter. */
function multiset(channel: Channel, argument: string): void {
  const custom = /^\^\^(.)(.*)$/s.exec(argument);
  const assignments = custom === null ? argument.split(' ') : (custom[2] ?? '').split(custom[1] as string);
  for (const assignment of assignments) set(channel, assignment);
}

/** `read true`: the far end is not heard any more; `write` has no effect here. */
function setMute(channel: Channel, argument: string): void {
  const [direction, level] = argument.split(' ');
  if (direction === 'read' && channel.media !== null)
    channel.media.ear.isMuted = /^(true|\d+)$/.test(level ?? '');
}
