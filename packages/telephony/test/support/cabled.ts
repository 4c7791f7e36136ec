import { layCable, type Sipp, Wire } from '@outdial/testkit';
import type { Telephony } from '../../src/telephony.js';
import { telephonyOn } from './dialling.js';
import type { Network } from './network.js';

export interface CabledTelephony {
  telephony: Telephony;
  drachtio: Wire;
  freeswitch: Wire;
  /** Of the near ends: of drachtio and of FreeSWITCH, as the telephony knows them. */
  addresses: string[];
}

/** A telephony whose connections to both servers run through cables, for the length of a test. */
export async function cabledTelephony(
  network: Network,
  sipp: Sipp | null,
  overrides: Parameters<typeof telephonyOn>[2] = {},
): Promise<CabledTelephony> {
  const [drachtio, freeswitch] = [new Wire(), new Wire()];
  const toDrachtio = await layCable(network.engines.drachtio, () => drachtio);
  const toFreeswitch = await layCable(network.engines.freeswitch, () => freeswitch);
  const telephony = await telephonyOn(network.engines, sipp, {
    ...overrides,
    drachtio: [{ ...network.engines.drachtio, port: toDrachtio.port }],
    freeswitch: [{ ...network.engines.freeswitch, port: toFreeswitch.port }],
  });
  network.onEnd(() => toDrachtio.remove());
  network.onEnd(() => toFreeswitch.remove());
  network.onEnd(() => telephony.close());
  return {
    telephony,
    drachtio,
    freeswitch,
    addresses: [toDrachtio, toFreeswitch].map(({ host, port }) => `${host}:${port}`),
  };
}
