import type { EventSocket } from '../event-socket/event-socket.js';
import type { Channel } from './channel.js';
import { type ParkEnd, park } from './park.js';

/** The settings of the mrf context of the drachtio-freeswitch-mrf image. */
const SETTINGS: readonly string[] = [
  'send_silence_when_idle=-1',
  'hangup_after_bridge=false',
  'park_after_bridge=true',
  'playback_terminators=none',
];

/**
 * The mrf context: `answer`, some settings, then `socket ${sip_h_X-esl-outbound} async full`. The channel is
 * parked while the application at that address controls it, and hung up when that connection ends; once it was bridged or
 * transferred it is no longer parked here, and outlives the connection.
 */
export async function runDialplan(channel: Channel, eventSocket: EventSocket): Promise<void> {
  channel.changeState('CS_ROUTING');
  channel.changeState('CS_EXECUTE');
  await channel.run('answer', undefined);
  for (const setting of SETTINGS) await channel.run('set', setting);

  const address = channel.variables.get('sip_h_X-esl-outbound') ?? '';
  const described: readonly (readonly [string, string])[] = [
    ['Application', 'socket'],
    ['Application-Data', `${address} async full`],
  ];
  channel.variables
    .set('current_application', 'socket')
    .set('current_application_data', `${address} async full`);
  channel.fire('CHANNEL_EXECUTE', described);
  const connection = await eventSocket.connect(address, channel);
  const end = connection === null ? 'released' : await parkUnder(channel, connection.closed);
  if (!channel.isDown)
    channel.fire('CHANNEL_EXECUTE_COMPLETE', [...described, ['Application-Response', '_none_']]);
  if (end !== 'movedOn') await channel.endDialplan();
}

/** Parks the channel under the control of an event socket, until that is closed. */
function parkUnder(channel: Channel, closed: Promise<void>): Promise<ParkEnd> {
  channel.controlled = closed;
  void closed.then(() => {
    channel.controlled = null;
  });
  return park(channel, channel.stay.moveOn(), closed);
}
