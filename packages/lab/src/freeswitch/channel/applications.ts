import { collectDigits } from '../media/collect-digits.js';
import { startInBandDigits, stopInBandDigits } from '../media/in-band-digits.js';
import { playback, playForever } from '../media/playback.js';
import { SessionRecorder } from '../media/session-recorder.js';
import type { Channel } from './channel.js';
import { NORMAL_CLEARING } from './hangup-causes.js';

/** A dialplan application. Variables in `argument` are expanded; it is `''` when there is none. */
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
  ['play_and_get_digits', collectDigits],
  ['record_session', SessionRecorder.start],
  ['stop_record_session', SessionRecorder.stop],
  ['start_dtmf', startInBandDigits],
  ['stop_dtmf', stopInBandDigits],
  ['flush_dtmf', (channel) => channel.digits.flush()],
  ['break', (channel) => channel.writeStream.break()],
  ['hangup', (channel, cause) => channel.hangUp(cause === '' ? NORMAL_CLEARING : cause)],
]);

/**
 * Runs an application between CHANNEL_EXECUTE and CHANNEL_EXECUTE_COMPLETE. One that does not exist hangs the
 * channel up without either event.
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
  // Not awaited when it ends at once, so that the completion event is not delayed by a turn.
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

/** `read true` mutes the received audio; `write` has no effect here. */
function setMute(channel: Channel, argument: string): void {
  const [direction, level] = argument.split(' ');
  if (direction === 'read' && channel.media !== null)
    channel.media.readStream.isMuted = /^(true|\d+)$/.test(level ?? '');
}
