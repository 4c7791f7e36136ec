import type { Core } from '../core.js';
import { separate } from '../event-socket/arguments.js';
import { BridgeAudio } from '../media/bridge-audio.js';
import type { ChannelMedia } from '../media/channel-media.js';
import type { Channel } from './channel.js';
import { NORMAL_CLEARING } from './hangup-causes.js';
import { aborted, hasArrived, parkSession } from './park.js';

const USAGE = '-USAGE: <uuid> <other_uuid>\n';
const INVALID = '-ERR Invalid uuid\n';
/** How long a digit that the other channel has received sounds. */
const DIGIT_MS = 100;

/** A channel of a bridge, and the signal that tells that it was moved on. */
interface Side {
  channel: Channel;
  media: ChannelMedia;
  stay: AbortSignal;
}

/** `uuid_bridge`: answers at once; the channels are bridged once both have left what they do (switch_ivr_uuid_bridge). */
export function bridge(core: Core, argument: string): string {
  const [first, second] = separate(argument.trim(), 4);
  if (first === undefined || second === undefined) return USAGE;
  const [originator, peer] = [core.channels.get(first), core.channels.get(second)];
  if (originator === undefined || peer === undefined || originator.isDown) return INVALID;
  if (originator.media === null || peer.media === null) return INVALID;
  name(originator, peer);
  name(peer, originator);
  void join(
    { channel: originator, media: originator.media, stay: originator.moveOn() },
    { channel: peer, media: peer.media, stay: peer.moveOn() },
  );
  return `+OK ${second}\n`;
}

async function join(originator: Side, peer: Side): Promise<void> {
  const sides = [originator, peer];
  const { bridges } = originator.channel.core;
  await Promise.all(sides.map(({ channel }) => hasArrived(channel)));
  if (sides.some(({ stay }) => stay.aborted)) return;
  if (sides.some(({ channel }) => channel.isDown)) {
    // What is left of them has nobody to talk to.
    for (const { channel } of sides) channel.hangUp('DESTINATION_OUT_OF_ORDER');
    return;
  }
  for (const { channel } of sides) {
    channel.digits.flush();
    for (const state of ['CS_HIBERNATE', 'CS_RESET', 'CS_SOFT_EXECUTE'] as const) channel.changeState(state);
  }
  tellOf(originator.channel, peer.channel);
  tellOf(peer.channel, originator.channel);
  peer.channel.changeState('CS_CONSUME_MEDIA');
  const pair = [
    ['Bridge-A-Unique-ID', originator.channel.uuid],
    ['Bridge-B-Unique-ID', peer.channel.uuid],
  ] as const;
  originator.channel.fire('CHANNEL_BRIDGE', pair);
  peer.channel.changeState('CS_EXCHANGE_MEDIA');
  bridges.set(originator.channel.uuid, peer.channel.uuid);
  const stops = [connect(originator, peer), connect(peer, originator)];
  await Promise.race(sides.flatMap(({ channel, stay }) => [aborted(stay), aborted(channel.down)]));
  bridges.delete(originator.channel.uuid);
  for (const stop of stops) stop();
  originator.channel.fire('CHANNEL_UNBRIDGE', pair);
  for (const { channel, stay } of sides) if (!stay.aborted && !channel.isDown) void stayAfter(channel);
}

/** `park_after_bridge`; without it the dialplan has nothing left for a channel. */
async function stayAfter(channel: Channel): Promise<void> {
  if (isTrue(channel, 'park_after_bridge')) await parkSession(channel);
  else channel.hangUp(NORMAL_CLEARING);
}

/** From now on `to` sends what `from` receives, digits included. Returns what ends that. */
function connect(from: Side, to: Side): () => void {
  const { channel } = from;
  const audio = new BridgeAudio(from.media);
  to.channel.writeStream.background = audio;
  channel.passDigit = (digit) => {
    if (!isTrue(channel, 'bridge_filter_dtmf')) to.media.press(digit, DIGIT_MS);
  };
  channel.variables.set('bridge_to', to.channel.uuid).set('last_bridge_to', to.channel.uuid);
  channel.stay.arrive();
  return () => {
    audio.close();
    to.channel.writeStream.background = null;
    channel.passDigit = null;
    channel.variables.delete('bridge_to');
  };
}

function name({ variables }: Channel, other: Channel): void {
  variables.set('bridge_channel', other.name).set('bridge_uuid', other.uuid).set('signal_bond', other.uuid);
}

function tellOf(channel: Channel, { uuid }: Channel): void {
  channel.variables.set('current_application', 'uuid_bridge').set('current_application_data', uuid);
  channel.fire('CHANNEL_EXECUTE', [
    ['Application', 'uuid_bridge'],
    ['Application-Data', uuid],
  ]);
}

function isTrue({ variables }: Channel, variable: string): boolean {
  return /^(true|yes|on|enabled|active|allow|[1-9]\d*)$/i.test(variables.get(variable) ?? '');
}
