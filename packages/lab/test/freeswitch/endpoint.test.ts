import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { fromPcm } from '../../src/media/audio-source.js';
import { tone } from '../../src/media/tones.js';
import { shareOf } from '../media/spectrum.js';
import {
  connectMrf,
  createEndpoint,
  startForkServer,
  startFreeSwitch,
  startPeer,
  startSrf,
  startTestServers,
  untilEmpty,
} from './test-client.js';

describe('an endpoint', () => {
  test('is found through sofia status, and made without an SDP it brings an offer of both G.711 codecs', async () => {
    const { freeSwitch, ms } = await startTestServers();
    expect(ms.sip.ipv4.udp.address).toBe(`127.0.0.1:${freeSwitch.sipAddress.port}`);
    const endpoint = await createEndpoint(ms);
    expect(endpoint.uuid).toBe(freeSwitch.channels()[0]?.uuid);
    expect(endpoint.local.sdp).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 8 101\r$/m);
    expect(endpoint.local.mediaIp).toBe('127.0.0.1');
    expect(await ms.api('show channels count')).toBe('\n1 total.\n');
    expect(await ms.api(`uuid_exists ${endpoint.uuid}`)).toBe('true');
  });

  test('answers an SDP with the codec that fsmrf put first', async () => {
    const { ms } = await startTestServers();
    const { sdp } = await startPeer('PCMA');
    const endpoint = await createEndpoint(ms, { remoteSdp: sdp, codecs: ['PCMA'] });
    expect(endpoint.local.sdp).toMatch(/^m=audio \d+ RTP\/AVP 8 101\r$/m);
    expect(endpoint.remote.sdp).toBe(sdp);
  });

  test('without a codec in common is refused with 488', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const { sdp } = await startPeer();
    const remoteSdp = sdp
      .replace(/RTP\/AVP .*/, 'RTP/AVP 96')
      .replace(/a=rtpmap.*\r\n/g, 'a=rtpmap:96 AMR/8000\r\n');
    await expect(ms.createEndpoint({ remoteSdp })).rejects.toMatchObject({ status: 488 });
    await untilEmpty(freeSwitch);
  });

  test('sends silence to the far end once a modify has told where it is', async () => {
    const { ms } = await startTestServers();
    const peer = await startPeer('PCMA');
    const endpoint = await createEndpoint(ms);
    await endpoint.modify(peer.sdp);
    const heard = await peer.hear(800);
    // A-law has no zero: silence is its smallest step.
    expect(heard.every((sample) => Math.abs(sample) <= 8)).toBe(true);
    expect(endpoint.local.sdp).toMatch(/^m=audio \d+ RTP\/AVP 8 101\r$/m);
    expect(endpoint.remote.mediaPort).toBe(String(peer.session.port));
  });

  test('that offers SRTP too is deaf to plain RTP once its own offer has come back as the answer', async () => {
    const { ms } = await startTestServers({ secureMedia: 'optional' });
    const peer = await startPeer('PCMA');
    const endpoint = await createEndpoint(ms);
    expect(endpoint.local.sdp.match(/^m=audio .*\r$/gm)).toEqual([
      expect.stringMatching(/^m=audio [1-9]\d* RTP\/SAVP 0 8 101\r$/),
      expect.stringMatching(/^m=audio [1-9]\d* RTP\/AVP 0 8 101\r$/),
    ]);
    await endpoint.modify(peer.sdp);
    const fork = await startForkServer();
    await endpoint.forkAudioStart({ wsUrl: fork.url, mixType: 'mono', sampling: '8000', bugname: 'deaf' });
    peer.sendTo(endpoint);
    void peer.session.play(fromPcm(tone([440], 1000)));
    await fork.until(() => fork.frames.length >= 20);
    expect(fork.frames.every((frame) => frame.every((byte) => byte === 0xff))).toBe(true);
    expect(peer.heard()).toHaveLength(0);
  });

  test('is handed from one far end to the next by modify', async () => {
    const { ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    for (const codec of ['PCMU', 'PCMA', 'PCMU'] as const) {
      const peer = await startPeer(codec);
      await endpoint.modify(peer.sdp);
      await peer.hear(160);
      expect(endpoint.remote.sdp).toBe(peer.sdp);
    }
  });

  test('put on hold, sends nothing until it is taken back', async () => {
    const { ms } = await startTestServers();
    const peer = await startPeer();
    const endpoint = await createEndpoint(ms);
    const answer = await endpoint.modify(peer.sdp.replace('a=sendrecv', 'a=sendonly'));
    expect(answer).toContain('a=recvonly');
    expect(peer.session.packetsReceived).toBe(0);
    await endpoint.modify(peer.sdp);
    await peer.hear(160);
  });

  test('refuses, in the SDP, a re-INVITE without a codec in common, and stays up', async () => {
    const { ms } = await startTestServers();
    const peer = await startPeer();
    const endpoint = await createEndpoint(ms);
    const answer = await endpoint.modify(
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 18\r\n',
    );
    expect(answer).toContain('m=audio 0 RTP/AVP');
    await endpoint.modify(peer.sdp);
    await peer.hear(160);
  });

  test('keeps variables, set alone, together or by the API, and expands them', async () => {
    const { ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    await endpoint.set({ a: '1', b: '2' });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: FreeSWITCH's syntax, not ours
    await endpoint.execute('set', 'c=${a} of ${uuid}${nope}');
    await ms.api(`uuid_setvar ${endpoint.uuid} d some words`);
    const variables = await endpoint.getChannelVariables(true);
    expect(variables).toMatchObject({
      variable_a: '1',
      variable_b: '2',
      variable_c: `1 of ${endpoint.uuid}`,
      variable_d: 'some words',
      variable_rtp_audio_in_packet_count: 0,
      'Answer-State': 'answered',
    });
    expect(await ms.api(`uuid_getvar ${endpoint.uuid} nope`)).toBe('_undef_');
  });

  test('tells of the application it executed, and of its response', async () => {
    const { ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const event = await endpoint.execute('set', 'x=1');
    expect(event.getHeader('Event-Name')).toBe('CHANNEL_EXECUTE_COMPLETE');
    expect(event.getHeader('Application')).toBe('set');
    expect(event.getHeader('Application-Data')).toBe('x=1');
    expect(event.getHeader('Application-Response')).toBe('_none_');
  });

  test('destroyed, frees everything', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    await endpoint.destroy();
    await untilEmpty(freeSwitch);
    expect(endpoint.connected).toBe(false);
    expect(await ms.api(`uuid_exists ${endpoint.uuid}`)).toBe('false');
  });

  test('is freed when its SIP dialog is ended, and emits destroy', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoint = await createEndpoint(ms);
    const destroyed = once(endpoint, 'destroy');
    await endpoint.dialog.destroy();
    await destroyed;
    await untilEmpty(freeSwitch);
  });

  test('can be one of a hundred made at once, each with media of its own', async () => {
    const { freeSwitch, ms } = await startTestServers();
    const endpoints = await Promise.all(Array.from({ length: 100 }, () => ms.createEndpoint({})));
    expect(new Set(endpoints.map(({ local }) => local.mediaPort)).size).toBe(100);
    expect(freeSwitch.channels()).toHaveLength(100);
    await Promise.all(endpoints.map((endpoint) => endpoint.destroy()));
    await untilEmpty(freeSwitch);
  });
});

describe('two clients', () => {
  test('use one FreeSWITCH, each with endpoints of its own', async () => {
    const freeSwitch = await startFreeSwitch();
    const [one, two] = [
      await connectMrf(freeSwitch, await startSrf()),
      await connectMrf(freeSwitch, await startSrf()),
    ];
    const [first, second] = [await createEndpoint(one), await createEndpoint(two)];
    const peer = await startPeer();
    await second.modify(peer.sdp);
    await first.destroy();
    const played = second.play('tone_stream://%(200,0,1000)');
    expect(shareOf(1000, (await peer.hear(1600)).subarray(800))).toBeGreaterThan(0.5);
    await played;
  });
});
