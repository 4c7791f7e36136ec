import type { EventSocket } from '../event-socket/event-socket.js';
import type { Channel } from './channel.js';

/** The settings of the mrf context of the drachtio-freeswitch-mrf image. */
const SETTINGS: readonly string[] = [
  'send_silence_when_idle=-1',
  'hangup_after_bridge=false',
  'park_after_bridge=true',
  'playback_terminators=none',
];

/**
 * The mrf context: `answer`, some settings, then `socket ${sip_h_X-esl-outbound} async full`. The channel is
 * parked while the application at that address controls it, and hung up when that connection ends.
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
  if (connection !== null) {
    channel.fire('CHANNEL_PARK');
    await Promise.race([connection.closed, channel.over]);
    if (!channel.isDown) channel.fire('CHANNEL_UNPARK');
  }
  if (!channel.isDown)
    channel.fire('CHANNEL_EXECUTE_COMPLETE', [...described, ['Application-Response', '_none_']]);
  await channel.endDialplan();
}
