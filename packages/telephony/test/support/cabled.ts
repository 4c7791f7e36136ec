import { FaultLink, freePort, openTcpProxy, type Sipp } from '@outdial/testkit';
import type { Telephony } from '../../src/telephony.js';
import { telephonyOn } from './dialling.js';
import type { Network } from './network.js';

export interface CabledTelephony {
  telephony: Telephony;
  drachtio: FaultLink;
  /** FreeSWITCH's own connections to the telephony included. */
  freeswitch: FaultLink;
  /** Of the near ends: of drachtio and of FreeSWITCH, as the telephony knows them. */
  addresses: string[];
}

/** A telephony whose connections to both servers run through cables, for the length of a test. */
export async function cabledTelephony(
  network: Network,
  sipp: Sipp | null,
  overrides: Parameters<typeof telephonyOn>[2] = {},
): Promise<CabledTelephony> {
  const [drachtio, freeswitch] = [new FaultLink(), new FaultLink()];
  const toDrachtio = await openTcpProxy(network.servers.drachtio, () => drachtio);
  const toFreeswitch = await openTcpProxy(network.servers.freeswitch, () => freeswitch);
  const listenPort = await freePort();
  const back = await openTcpProxy({ host: '127.0.0.1', port: listenPort }, () => freeswitch);
  const telephony = await telephonyOn(network.servers, sipp, {
    ...overrides,
    drachtio: [{ ...network.servers.drachtio, port: toDrachtio.port }],
    media: 'freeswitch',
    freeswitch: [
      { ...network.servers.freeswitch, port: toFreeswitch.port, listenPort, advertisedPort: back.port },
    ],
  });
  network.onEnd(() => back.close());
  network.onEnd(() => toDrachtio.close());
  network.onEnd(() => toFreeswitch.close());
  network.onEnd(() => telephony.close());
  return {
    telephony,
    drachtio,
    freeswitch,
    addresses: [toDrachtio, toFreeswitch].map(({ host, port }) => `${host}:${port}`),
  };
}
