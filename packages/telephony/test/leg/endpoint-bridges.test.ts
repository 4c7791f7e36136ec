import { channelsOf } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import type { Telephony } from '../../src/telephony.js';
import { cabledTelephony } from '../support/cabled.js';
import { type Call, dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();

const TONE = 'tone_stream://%(20,0,440)';

/** Two legs with media, the second beside the first. */
async function twoLegs(telephony: Telephony): Promise<[Call, Call]> {
  const one = await answered(await dial(telephony));
  return [one, await answered(await dial(telephony, { beside: one.leg }))];
}

async function answered(call: Call): Promise<Call> {
  await call.next('answered');
  call.leg.connectMedia();
  await call.next('mediaConnected');
  return call;
}

const uuidsOf = (...calls: Call[]) => calls.map(({ leg }) => leg.whereabouts.endpointUuid ?? '');

/** Which of them FreeSWITCH has. */
async function up(uuids: readonly string[]): Promise<string[]> {
  const channels = await channelsOf(network.servers.freeswitch);
  return uuids.filter((uuid) => channels.includes(uuid));
}

describe('legs on endpoints of FreeSWITCH', () => {
  it('are bridged on one server, and each plays again after that', async () => {
    const telephony = await network.telephony(
      await network.callee({ scenario: 'answers-at-once', calls: 2 }),
    );
    const [one, other] = await twoLegs(telephony);
    expect(one.leg.whereabouts.freeswitch).toBe(other.leg.whereabouts.freeswitch);
    expect(await one.leg.bridge(other.leg)).toBeNull();
    one.leg.unbridge();
    expect(await one.leg.play(TONE)).toEqual({ outcome: 'finished' });
    expect(await one.leg.bridge(other.leg)).toBeNull();
    other.leg.hangUp();
    expect(await other.over).toMatchObject({ type: 'released' });
    one.leg.unbridge();
    expect(await one.leg.play(TONE)).toEqual({ outcome: 'finished' });
    one.leg.hangUp();
    expect(await one.over).toMatchObject({ type: 'released' });
    await expect.poll(() => up(uuidsOf(one, other))).toEqual([]);
  });

  it('are not lost because the other one ends while they are being bridged', async () => {
    const telephony = await network.telephony(
      await network.callee({ scenario: 'answers-at-once', calls: 2 }),
    );
    const [one, other] = await twoLegs(telephony);
    const bridging = one.leg.bridge(other.leg);
    other.leg.hangUp();
    await bridging;
    expect(await other.over).toMatchObject({ type: 'released' });
    one.leg.unbridge();
    expect(await one.leg.play(TONE)).toEqual({ outcome: 'finished' });
    one.leg.hangUp();
    expect(await one.over).toMatchObject({ type: 'released' });
  });

  it('leave nothing on a FreeSWITCH that could not be reached when they ended', async () => {
    const { telephony, freeswitch } = await cabledTelephony(
      network,
      await network.callee({ scenario: 'answers-at-once', calls: 2 }),
    );
    const [one, other] = await twoLegs(telephony);
    const uuids = uuidsOf(one, other);
    expect(await one.leg.bridge(other.leg)).toBeNull();
    freeswitch.cut();
    expect(await one.over).toMatchObject({ type: 'lost', part: 'freeswitch' });
    expect(await other.over).toMatchObject({ type: 'lost', part: 'freeswitch' });
    // Endpoints that nobody controls any more, and that talk to each other.
    expect(await up(uuids)).toEqual(uuids);
    freeswitch.restore();
    await expect.poll(() => up(uuids)).toEqual([]);
  });
});
