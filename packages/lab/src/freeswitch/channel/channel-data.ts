import type { Channel } from './channel.js';

type Header = readonly [string, string];

/** `CS_...` and its number (switch_types.h). */
export const CHANNEL_STATES = {
  CS_NEW: 0,
  CS_INIT: 1,
  CS_ROUTING: 2,
  CS_SOFT_EXECUTE: 3,
  CS_EXECUTE: 4,
  CS_EXCHANGE_MEDIA: 5,
  CS_PARK: 6,
  CS_CONSUME_MEDIA: 7,
  CS_HIBERNATE: 8,
  CS_RESET: 9,
  CS_HANGUP: 10,
  CS_REPORTING: 11,
  CS_DESTROY: 12,
} as const;
export type ChannelState = keyof typeof CHANNEL_STATES;

export const CALL_STATES = { DOWN: 0, RINGING: 2, EARLY: 3, ACTIVE: 4, HANGUP: 7 } as const;
export type CallState = keyof typeof CALL_STATES;

/**
 * The headers that every event of a channel has, its variables among them (switch_channel_event_set_data).
 */
export function* channelHeaders(channel: Channel): Generator<Header> {
  yield ['Channel-State', channel.runningState];
  yield ['Channel-Call-State', channel.callState];
  yield ['Channel-State-Number', String(CHANNEL_STATES[channel.state])];
  yield ['Channel-Name', channel.name];
  yield ['Unique-ID', channel.uuid];
  yield ['Call-Direction', 'inbound'];
  yield ['Presence-Call-Direction', 'inbound'];
  yield ['Channel-HIT-Dialplan', 'true'];
  yield ['Channel-Call-UUID', channel.uuid];
  yield ['Answer-State', channel.answerState];
  if (channel.hangupCause !== null) yield ['Hangup-Cause', channel.hangupCause];
  const codec = channel.codecName;
  if (codec !== null) {
    for (const way of ['Read', 'Write']) {
      yield [`Channel-${way}-Codec-Name`, codec];
      yield [`Channel-${way}-Codec-Rate`, '8000'];
      yield [`Channel-${way}-Codec-Bit-Rate`, '64000'];
    }
  }
  yield* profileHeaders(channel, 'Caller');
  for (const [name, value] of channel.variables) yield [`variable_${name}`, value];
}

/**
 * The answer to `connect` on an outbound socket: fsmrf takes the endpoint's uuid from `Channel-Unique-ID`.
 */
export function* connectHeaders(channel: Channel): Generator<Header> {
  yield* profileHeaders(channel, 'Channel');
  yield* channelHeaders(channel);
  yield ['Content-Type', 'command/reply'];
  yield ['Reply-Text', '+OK\n'];
  yield ['Socket-Mode', 'async'];
  yield ['Control', 'full'];
}

function* profileHeaders(
  { caller, name, uuid, times, dialplan }: Channel,
  prefix: string,
): Generator<Header> {
  yield [`${prefix}-Direction`, 'inbound'];
  yield [`${prefix}-Logical-Direction`, 'inbound'];
  yield [`${prefix}-Dialplan`, dialplan];
  yield [`${prefix}-Caller-ID-Name`, caller.name];
  yield [`${prefix}-Orig-Caller-ID-Name`, caller.name];
  yield [`${prefix}-Network-Addr`, caller.networkAddress];
  yield [`${prefix}-Destination-Number`, caller.destination];
  yield [`${prefix}-Unique-ID`, uuid];
  yield [`${prefix}-Source`, 'mod_sofia'];
  yield [`${prefix}-Context`, 'mrf'];
  yield [`${prefix}-Channel-Name`, name];
  yield [`${prefix}-Profile-Index`, '1'];
  yield [`${prefix}-Profile-Created-Time`, String(times.createdMs * 1000)];
  yield [`${prefix}-Channel-Created-Time`, String(times.createdMs * 1000)];
  yield [`${prefix}-Channel-Answered-Time`, String(times.answeredMs * 1000)];
  yield [`${prefix}-Channel-Hangup-Time`, String(times.hungUpMs * 1000)];
  yield [`${prefix}-Screen-Bit`, 'true'];
  yield [`${prefix}-Privacy-Hide-Name`, 'false'];
  yield [`${prefix}-Privacy-Hide-Number`, 'false'];
}
