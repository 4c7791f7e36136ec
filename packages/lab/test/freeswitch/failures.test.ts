import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { SipAgent } from '../../src/sip/index.js';
import { listenForOutbound, SocketClient } from './socket-client.js';
import { createEndpoint, startFreeSwitch, startPeer, startTestServers, untilEmpty } from './test-client.js';

/** The `uuid_kill`, hang-up and socket endings that a worker sees. */
describe('a channel', () => {
  test('killed by uuid destroys its endpoint, with the cause in the BYE', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const ended = Promise.all([once(endpoint, 'destroy'), once(endpoint.dialog, 'destroy')]);
    expect(await ms.api(`uuid_kill ${endpoint.uuid} USER_BUSY`)).toBe('+OK\n');
    const [, [bye]] = await ended;
    expect((bye as { get(name: string): string }).get('Reason')).toBe('Q.850;cause=17;text="USER_BUSY"');
    await untilEmpty(freeSwitch);
  });

  test('is hung up as soon as the outbound socket closes', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const bye = once(endpoint.dialog, 'destroy');
    endpoint.conn.socket.destroy();
    await bye;
    await untilEmpty(freeSwitch);
  });

  test('that plays when its socket closes finishes what it plays first', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const peer = await startPeer();
    const endpoint = await createEndpoint(ms);
    await endpoint.modify(peer.sdp);
    void endpoint.play('tone_stream://%(1000,0,440)');
    while (!(await peer.hear(160)).some((sample) => sample > 1000));
    endpoint.conn.socket.destroy();
    await peer.hear(800);
    expect(freeSwitch.channels()).toHaveLength(1);
    await untilEmpty(freeSwitch);
  });

  test('is hung up by an application that does not exist', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const destroyed = once(endpoint, 'destroy');
    void endpoint.execute('nosuchapp', 'x');
    await destroyed;
    await untilEmpty(freeSwitch);
  });

  test('killed while it plays ends the play', async () => {
    const { ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const started = once(endpoint.conn, `esl::event::PLAYBACK_START::${endpoint.uuid}`);
    const playing = endpoint.play('tone_stream://%(5000,0,440)');
    await started;
    await ms.api(`uuid_kill ${endpoint.uuid}`);
    await playing;
  });

  test('whose outbound socket cannot connect is hung up', async () => {
    const freeSwitch = await startFreeSwitch();
    const { dialog, agent } = await invite(freeSwitch.sipAddress.port, '127.0.0.1:9');
    await once(dialog, 'bye');
    await untilEmpty(freeSwitch);
    await agent.close();
  });

  test('with a lingering socket is gone, while the socket still answers', async () => {
    const freeSwitch = await startFreeSwitch();
    const outbound = await listenForOutbound();
    const { dialog, agent } = await invite(freeSwitch.sipAddress.port, outbound.address);
    const client = await outbound.connected;
    client.send('connect');
    const info = await client.next();
    expect(info.headers).toMatchObject({
      'Event-Name': 'CHANNEL_DATA',
      Control: 'full',
      'Socket-Mode': 'async',
    });
    expect(await client.ask('linger 1')).toBe('+OK will linger 1 seconds');
    await dialog.bye();
    const notice = await client.next();
    expect(notice.headers).toMatchObject({ 'Content-Disposition': 'linger', 'Linger-Time': '1' });
    expect(await client.ask(`api uuid_exists ${info.headers['Channel-Unique-ID']}`)).toBe('false');
    expect((await client.next()).headers['Content-Disposition']).toBe('disconnect');
    await once(client.socket, 'close');
    outbound.close();
    await agent.close();
  });

  test('with myevents tells its socket how it ends', async () => {
    const freeSwitch = await startFreeSwitch();
    const outbound = await listenForOutbound();
    const { dialog, agent } = await invite(freeSwitch.sipAddress.port, outbound.address);
    const client = await outbound.connected;
    expect(await client.ask('myevents json')).toBe('+OK Events Enabled');
    await dialog.bye();
    const names: string[] = [];
    for (let message = await client.next(); message.headers['Content-Type'] === 'text/event-json'; ) {
      names.push(JSON.parse(message.body)['Event-Name']);
      message = await client.next();
    }
    expect(names).toContain('CHANNEL_HANGUP');
    expect(names).toContain('CHANNEL_HANGUP_COMPLETE');
    outbound.close();
    await agent.close();
  });

  test('whose caller is no drachtio-fsmrf finds no extension', async () => {
    const freeSwitch = await startFreeSwitch();
    const agent = await SipAgent.start({ userAgent: 'somebody' });
    const outcome = await agent.invite({ uri: uriOf(freeSwitch.sipAddress.port) }).outcome;
    expect(outcome).toMatchObject({ kind: 'refused', response: { status: 404 } });
    await agent.close();
  });
});

describe('limits', () => {
  test('refuse a session too many with 503, until one is gone', async () => {
    const { freeSwitch, ms } = await startTestServers({ maxSessions: 2 });
    const [first] = [await createEndpoint(ms), await createEndpoint(ms)];
    await expect(ms.createEndpoint({})).rejects.toMatchObject({
      status: 503,
      reason: 'Maximum Calls In Progress',
    });
    await first.destroy();
    await vi.waitFor(() => expect(freeSwitch.channels()).toHaveLength(1), { interval: 5 });
    await createEndpoint(ms);
  });

  test('let in one fewer a second than they say', async () => {
    const { ms } = await startTestServers({ sessionsPerSecond: 4 });
    const settled = await Promise.allSettled(Array.from({ length: 8 }, () => ms.createEndpoint({})));
    const made = settled.filter(({ status }) => status === 'fulfilled').length;
    // A second, or two, may turn while they come in.
    expect(made).toBeGreaterThanOrEqual(3);
    expect(made).toBeLessThan(8);
  });
});

describe('the end of FreeSWITCH', () => {
  test('killed, it cuts its sockets: endpoints emit destroy, the media server end, and no BYE comes', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    let hasBye = false;
    endpoint.dialog.on('destroy', () => {
      hasBye = true;
    });
    const lost = Promise.all([once(endpoint, 'destroy'), once(ms, 'end')]);
    await freeSwitch.kill();
    await lost;
    expect(freeSwitch.channels()).toEqual([]);
    expect(hasBye).toBe(false);
  });

  test('killed and restarted, it takes the same client back, at the same addresses', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const before = { ...freeSwitch.eventSocketAddress, sip: freeSwitch.sipAddress };
    await createEndpoint(ms);
    const lost = once(ms, 'end');
    await freeSwitch.kill();
    await lost;
    const back = once(ms.conn, 'esl::ready');
    await freeSwitch.restart();
    await back;
    expect({ ...freeSwitch.eventSocketAddress, sip: freeSwitch.sipAddress }).toEqual(before);
    expect(freeSwitch.channels()).toEqual([]);
    const endpoint = await createEndpoint(ms);
    expect(freeSwitch.channels().map(({ uuid }) => uuid)).toEqual([endpoint.uuid]);
  });

  test('stopped, it hangs every session up, and tells its clients', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const client = await SocketClient.login(freeSwitch.eventSocketAddress);
    const bye = once(endpoint.dialog, 'destroy');
    await freeSwitch.close();
    await bye;
    expect((await client.next()).body).toBe('The system is being shut down.\n');
  });
});

function uriOf(port: number): string {
  return `sip:drachtio@127.0.0.1:${port}`;
}

/** A session made without drachtio: an INVITE without SDP, whose offer is sent back in the ACK. */
async function invite(port: number, eslOutbound: string) {
  const agent = await SipAgent.start({ userAgent: 'drachtio-fsmrf:test' });
  const headers = { 'User-Agent': 'drachtio-fsmrf:test', 'X-esl-outbound': eslOutbound };
  const outcome = await agent.invite({ uri: uriOf(port), headers, answer: (offer) => offer }).outcome;
  if (outcome.kind === 'refused') throw new Error(`refused with ${outcome.response.status}`);
  return { agent, dialog: outcome.dialog };
}
