import { withTimeout } from '../async/with-timeout.js';
import type { Endpoint, EslEvent } from './fsmrf-types.js';

const WITHIN_MS = 5000;
/** Told to each channel, whatever the dialplan has set: who is left of a bridge stays up. */
const STAYS = 'park_after_bridge=true;hangup_after_bridge=false';

/**
 * Bridges two endpoints of one FreeSWITCH. Resolves once their far ends hear each other, which is later than FreeSWITCH answers the
 * command. Rejects when one of them has gone first, or in 5 s: they may be bridged even then. Neither may be ended meanwhile, for
 * FreeSWITCH would hang the other up.
 */
export async function bridgeEndpoints(one: Endpoint, other: Endpoint): Promise<void> {
  await Promise.all(
    [one, other].map((endpoint) => endpoint.api('uuid_setvar_multi', `${endpoint.uuid} ${STAYS}`)),
  );
  const bridged = { endpoint: one, name: 'CHANNEL_BRIDGE', isMeant: () => true };
  await told(bridged, [one, other], () => one.bridge(other), 'bridging');
}

/**
 * Ends the bridge of an endpoint, and parks it. Resolves once it can play again. Rejects when it has gone first, or in 5 s. Its event
 * socket controls it as before: FreeSWITCH hangs it up when that is closed.
 */
export async function unbridgeEndpoint(endpoint: Endpoint): Promise<void> {
  // FreeSWITCH may have parked it by itself a moment ago, in CS_PARK, after the end of the other one.
  const isMeant = (event: EslEvent) => event.getHeader('Channel-State') === 'CS_EXECUTE';
  const parked = { endpoint, name: 'CHANNEL_PARK', isMeant };
  await told(parked, [endpoint], () => endpoint.unbridge(), 'ending a bridge');
}

/** An event of an endpoint that tells that a command was carried out. */
interface Sign {
  endpoint: Endpoint;
  name: string;
  isMeant: (event: EslEvent) => boolean;
}

/** Gives a command, and resolves with its sign. */
async function told(
  { endpoint: { conn, uuid }, name, isMeant }: Sign,
  needed: readonly Endpoint[],
  command: () => Promise<void>,
  what: string,
): Promise<void> {
  if (conn === null) throw new Error('the endpoint has gone');
  const event = `esl::event::${name}::${uuid}`;
  const stops: Array<() => void> = [];
  const sign = new Promise<void>((resolve) => {
    const listener = (told: EslEvent) => isMeant(told) && resolve();
    conn.on(event, listener);
    stops.push(() => conn.off(event, listener));
  });
  const gone = new Promise<never>((_, reject) => {
    const listener = () => reject(new Error('an endpoint has gone'));
    for (const endpoint of needed) {
      endpoint.on('destroy', listener);
      endpoint.conn?.on('esl::end', listener);
      stops.push(() => endpoint.off('destroy', listener).conn?.off('esl::end', listener));
    }
  });
  try {
    conn.subscribe(name);
    await withTimeout(Promise.race([Promise.all([sign, command()]), gone]), WITHIN_MS, what);
  } finally {
    for (const stop of stops) stop();
  }
}
