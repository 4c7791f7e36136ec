import { once } from 'node:events';
import type Mrf from 'drachtio-fsmrf';
import { describe, expect, test, vi } from 'vitest';
import type { FreeSwitch } from '../../src/freeswitch/index.js';
import { fromPcm } from '../../src/media/audio-source.js';
import { tone } from '../../src/media/tones.js';
import { rms, shareOf } from '../media/spectrum.js';
import { createEndpoint, type RtpPeer, startPeer, startTestServers, untilEmpty } from './test-client.js';

interface Party {
  endpoint: Mrf.Endpoint;
  peer: RtpPeer;
}

interface Talk {
  freeSwitch: FreeSwitch;
  ms: Mrf.MediaServer;
  caller: Party;
  agent: Party;
}

/** Two endpoints with a far end each. */
async function startTalk(): Promise<Talk> {
  const { freeSwitch, ms } = await startTestServers();
  const party = async (): Promise<Party> => {
    const peer = await startPeer();
    const endpoint = await createEndpoint(ms);
    await endpoint.modify(peer.sdp);
    peer.sendTo(endpoint);
    endpoint.conn.subscribe('CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_PARK');
    return { endpoint, peer };
  };
  return { freeSwitch, ms, caller: await party(), agent: await party() };
}

type Told = [{ getHeader(name: string): string | null }];
const next = ({ conn, uuid }: Mrf.Endpoint, name: string) =>
  once(conn, `esl::event::${name}::${uuid}`) as Promise<Told>;

async function bridge({ caller, agent }: Talk): Promise<Told> {
  const bridged = next(caller.endpoint, 'CHANNEL_BRIDGE');
  await caller.endpoint.bridge(agent.endpoint);
  return bridged;
}

/** Plays from one far end until the other has heard it. */
async function expectHeard(from: RtpPeer, to: RtpPeer, hz: number): Promise<void> {
  void from.session.play(fromPcm(tone([hz], 20_000)));
  while (shareOf(hz, await to.hear(800)) < 0.9);
  from.session.stopPlaying();
}

async function untilSilent(peer: RtpPeer): Promise<void> {
  while (rms(await peer.hear(320)) > 100);
}

describe('uuid_bridge', () => {
  test('lets two far ends hear each other, and tells when', async () => {
    const talk = await startTalk();
    const { caller, agent, ms, freeSwitch } = talk;
    const [told] = await bridge(talk);
    expect(told.getHeader('Bridge-A-Unique-ID')).toBe(caller.endpoint.uuid);
    expect(told.getHeader('Bridge-B-Unique-ID')).toBe(agent.endpoint.uuid);
    await expectHeard(caller.peer, agent.peer, 500);
    await expectHeard(agent.peer, caller.peer, 800);
    expect(freeSwitch.channels().map(({ state }) => state)).toEqual(['CS_SOFT_EXECUTE', 'CS_EXCHANGE_MEDIA']);
    expect(await ms.api('show calls count')).toBe('\n1 total.\n');
    expect(await ms.api('show bridged_calls count')).toBe('\n1 total.\n');
  });

  test('interrupts what is playing', async () => {
    const talk = await startTalk();
    const started = next(talk.caller.endpoint, 'PLAYBACK_START');
    const playing = talk.caller.endpoint.play('tone_stream://%(60000,0,440)');
    await started;
    await bridge(talk);
    await playing;
    await expectHeard(talk.agent.peer, talk.caller.peer, 800);
  });

  test('passes digits on, unless the variable bridge_filter_dtmf is set', async () => {
    const talk = await startTalk();
    const { caller, agent, ms } = talk;
    await bridge(talk);
    const told = once(caller.endpoint, 'dtmf');
    const passed = once(agent.peer.session, 'digit');
    void caller.peer.session.press('5');
    expect((await told)[0]).toMatchObject({ dtmf: '5' });
    expect(await passed).toEqual(['5']);
    await ms.api(`uuid_setvar ${caller.endpoint.uuid} bridge_filter_dtmf true`);
    const digits: string[] = [];
    agent.peer.session.on('digit', (digit) => digits.push(digit));
    const filtered = once(caller.endpoint, 'dtmf');
    await caller.peer.session.press('6');
    await filtered;
    await ms.api(`uuid_setvar ${caller.endpoint.uuid} bridge_filter_dtmf false`);
    void caller.peer.session.press('7');
    await vi.waitFor(() => expect(digits).toEqual(['7']), { interval: 5, timeout: 5000 });
  });

  test('of a channel that is not there is refused', async () => {
    const { caller, ms } = await startTalk();
    await expect(caller.endpoint.bridge('nobody')).rejects.toThrow('-ERR Invalid uuid');
    expect(await ms.api(`uuid_bridge ${caller.endpoint.uuid}`)).toMatch(/^-USAGE/);
  });

  test('hangs up who is left when the other has gone before they were bridged', async () => {
    const { caller, agent, ms, freeSwitch } = await startTalk();
    const gone = once(caller.endpoint, 'destroy');
    await caller.endpoint.bridge(agent.endpoint);
    await ms.api(`uuid_kill ${agent.endpoint.uuid}`);
    await gone;
    await untilEmpty(freeSwitch);
  });
});

describe('a bridge', () => {
  test('ends by unbridge, after which both are parked and play again', async () => {
    const talk = await startTalk();
    const { caller, agent } = talk;
    await bridge(talk);
    const told = next(caller.endpoint, 'CHANNEL_UNBRIDGE');
    const parked = [caller, agent].map(({ endpoint }) => next(endpoint, 'CHANNEL_PARK'));
    await caller.endpoint.unbridge();
    await told;
    for (const [event] of await Promise.all(parked))
      expect(event.getHeader('Caller-Dialplan')).toBe('inline');
    void agent.peer.session.play(fromPcm(tone([800], 20_000)));
    await untilSilent(caller.peer);
    const played = caller.endpoint.play('tone_stream://%(400,0,440)');
    while (shareOf(440, await caller.peer.hear(800)) < 0.9);
    await played;
  });

  test('ends when one is hung up, and the other is parked', async () => {
    const talk = await startTalk();
    const { caller, agent, freeSwitch } = talk;
    await bridge(talk);
    const parked = next(caller.endpoint, 'CHANNEL_PARK');
    await agent.endpoint.destroy();
    await parked;
    expect(freeSwitch.channels()).toMatchObject([{ uuid: caller.endpoint.uuid, state: 'CS_PARK' }]);
    await caller.endpoint.play('tone_stream://%(20,0,440)');
    await caller.endpoint.destroy();
    await untilEmpty(freeSwitch);
  });

  test('ends when one is hung up, and so is the other where it is not to park', async () => {
    const talk = await startTalk();
    await talk.ms.api(`uuid_setvar ${talk.caller.endpoint.uuid} park_after_bridge false`);
    await bridge(talk);
    await talk.agent.endpoint.destroy();
    await untilEmpty(talk.freeSwitch);
  });

  test('ends by uuid_park, and outlives the sockets that control its channels', async () => {
    const talk = await startTalk();
    const { caller, agent, ms, freeSwitch } = talk;
    await bridge(talk);
    for (const { endpoint } of [caller, agent]) endpoint.conn.socket.destroy();
    await expectHeard(caller.peer, agent.peer, 500);
    expect(await ms.api(`uuid_park ${caller.endpoint.uuid}`)).toBe('+OK\n');
    const states = () => freeSwitch.channels().map(({ state }) => state);
    await vi.waitFor(() => expect(states()).toEqual(['CS_PARK', 'CS_PARK']), { interval: 5, timeout: 5000 });
    expect(await ms.api('show bridged_calls count')).toBe('\n0 total.\n');
    for (const { endpoint } of [caller, agent]) await ms.api(`uuid_kill ${endpoint.uuid}`);
    await untilEmpty(freeSwitch);
  });

  test('that was ended leaves channels that end with the sockets that control them', async () => {
    const talk = await startTalk();
    const { caller, agent, freeSwitch } = talk;
    await bridge(talk);
    const parked = [caller, agent].map(({ endpoint }) => next(endpoint, 'CHANNEL_PARK'));
    await caller.endpoint.unbridge();
    await Promise.all(parked);
    for (const { endpoint } of [caller, agent]) endpoint.conn.socket.destroy();
    await untilEmpty(freeSwitch);
  });
});
