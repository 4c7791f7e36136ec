import { networkInterfaces } from 'node:os';
import { type Callees, type Lab, startCallees, startLab } from '@outdial/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration } from '../src/configuration.js';
import { DrachtioServer } from '../src/drachtio/drachtio-server.js';
import type { Dialog } from '../src/drachtio/srf-types.js';
import { probeEventSocket } from '../src/freeswitch/event-socket-probe.js';
import { routesFor } from '../src/sip/routing.js';
import { logger } from './support/dialling.js';

const hasIPv6 = Object.values(networkInterfaces())
  .flat()
  .some((found) => found?.address === '::1');
const OFFER = [
  'v=0',
  'o=- 1 1 IN IP6 ::1',
  's=-',
  'c=IN IP6 ::1',
  't=0 0',
  'm=audio 39998 RTP/AVP 8',
  '',
].join('\r\n');

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1]);
}

// Real servers, which the environment names, listen on 127.0.0.1.
describe.skipIf(!hasIPv6 || process.env.OUTDIAL_TEST_DRACHTIO !== undefined)('on IPv6', () => {
  let lab: Lab;
  let callees: Callees;
  beforeAll(async () => {
    [lab, callees] = await Promise.all([startLab({ host: '::1' }), startCallees({ host: '::1' })]);
  });
  afterAll(() => Promise.all([lab.close(), callees.close()]));

  function configured(host: string) {
    const { drachtio, freeswitch, secrets } = lab;
    const servers = {
      drachtio: { host, port: portOf(drachtio), secret: secrets.drachtio },
      freeswitch: { host, port: portOf(freeswitch), secret: secrets.freeswitch },
    };
    const configuration = parseTelephonyConfiguration({
      drachtio: [servers.drachtio],
      media: 'freeswitch',
      freeswitch: [servers.freeswitch],
      allowedSipHosts: [host],
    });
    const [drachtioServer] = configuration.drachtio;
    const [freeswitchServer] = configuration.freeswitch;
    if (drachtioServer === undefined || freeswitchServer === undefined) throw new Error('no servers');
    return { configuration, drachtioServer, freeswitchServer };
  }

  it.each(['::1', '[::1]'])(
    'drachtio and a callee are reached where the configuration has %s',
    async (host) => {
      const { configuration, drachtioServer } = configured(host);
      const callTo = `sip:human@[::1]:${portOf(callees.sipAddress)}`;
      const [{ requestUri }] = routesFor({ jobId: 'j', callTo, headers: {} }, configuration);
      const drachtio = new DrachtioServer(drachtioServer, 300, logger);
      try {
        await new Promise<void>((resolve) => drachtio.start(resolve));
        const dialog = await new Promise<Dialog>((resolve, reject) =>
          drachtio.invite(requestUri, { localSdp: OFFER }, {}, (error, made) =>
            made === undefined ? reject(error) : resolve(made),
          ),
        );
        expect(dialog.remote.sdp).toContain('c=IN IP6 ::1');
        await dialog.destroy();
      } finally {
        drachtio.close();
      }
    },
  );

  it('a FreeSWITCH whose sofia profile is on IPv6 is refused with the reason', async () => {
    await expect(probeEventSocket(configured('::1').freeswitchServer)).rejects.toThrow(
      'its sofia profile drachtio_mrf is on IPv6; it must be on IPv4',
    );
  });
});
