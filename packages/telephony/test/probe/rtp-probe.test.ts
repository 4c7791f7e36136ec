import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration, type TelephonyConfigurationInput } from '../../src/configuration.js';
import { probeRtp } from '../../src/probe/rtp-probe.js';

const made: string[] = [];
afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true });
});

async function probe(
  rtp: TelephonyConfigurationInput['rtp'],
  ephemeral = '32768\t60999\n',
  host = '127.0.0.1',
) {
  const directory = await mkdtemp(join(tmpdir(), 'outdial-ports-'));
  made.push(directory);
  const file = join(directory, 'ip_local_port_range');
  await writeFile(file, ephemeral);
  const drachtio = [{ host, secret: 'x' }];
  return probeRtp(parseTelephonyConfiguration({ media: 'worker', drachtio, rtp }), file);
}

describe('a probe of the RTP addresses', () => {
  it('finds our address on the route to drachtio, and binds a port', async () => {
    expect(await probe({})).toEqual({
      addresses: { listenHost: '0.0.0.0', advertisedAddress: '127.0.0.1' },
      bindProblem: null,
      ephemeralOverlap: null,
    });
  });

  it.each([
    [{ listenHost: '127.0.0.1' }, { listenHost: '127.0.0.1', advertisedAddress: '127.0.0.1' }],
    [
      { listenHost: '127.0.0.1', advertisedAddress: '198.51.100.7' },
      { listenHost: '127.0.0.1', advertisedAddress: '198.51.100.7' },
    ],
    [{ advertisedAddress: '2001:db8::1' }, { listenHost: '::', advertisedAddress: '2001:db8::1' }],
  ])('takes %j as it is configured', async (rtp, addresses) => {
    expect(await probe(rtp)).toMatchObject({ addresses });
  });

  it('says that an address is not this machine’s', async () => {
    const { bindProblem } = await probe({ listenHost: '192.0.2.1' });
    expect(bindProblem).toMatch(/^192\.0\.2\.1:16384: EADDRNOTAVAIL$/);
  });

  it('says that drachtio’s host has no address', async () => {
    const { addresses } = await probe({}, undefined, 'no-such-host.invalid');
    expect(addresses).toMatchObject({ problem: expect.stringContaining('no-such-host.invalid') });
  });

  it.each([
    [[16_384, 32_767], null],
    [
      [30_000, 32_768],
      [32_768, 60_999],
    ],
    [[61_000, 65_000], null],
  ] as const)('says whether ports %j overlap those of the system', async ([first, last], overlap) => {
    expect((await probe({ ports: [first, last] })).ephemeralOverlap).toEqual(overlap);
  });

  it('says nothing of a system whose ports are not known', async () => {
    expect((await probe({ ports: [32_000, 34_000] }, '')).ephemeralOverlap).toBeNull();
  });
});
