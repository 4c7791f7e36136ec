import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  openRtp,
  PLAIN_SDP,
  RawCallee,
  type Script,
  type SrtpStream,
  sealRtp,
  srtpStreamOf,
} from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import type { SrtpPolicy } from '../../src/configuration.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';
import { startScriptedTrunk } from '../support/scripted-trunk.js';

const network = useNetwork();
const WORKER = { media: 'worker' as const, freeswitch: [] };
const LONG_TONE = 'tone_stream://%(60000,0,800)';
const newStream = (tagBytes = 10): SrtpStream => ({ inline: randomBytes(30).toString('base64'), tagBytes });
const nameOf = ({ tagBytes }: SrtpStream) => `AES_CM_128_HMAC_SHA1_${tagBytes * 8}`;
const cryptoOf = (stream: SrtpStream, tag = 1) => `a=crypto:${tag} ${nameOf(stream)} inline:${stream.inline}`;
const bodyOf = (message: string) => message.split('\r\n\r\n')[1] ?? '';
const mediaOf = (sdp: string) => /^m=.*?(?=\r?$)/m.exec(sdp)?.[0];

/** Where the audio of a call arrives, and what speaks to the call. */
async function farEnd() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  network.onEnd(async () => void socket.close());
  const { port } = socket.address();
  let sequence = 0;
  return {
    sdp: (protocol: string, ...cryptos: string[]) =>
      [PLAIN_SDP.replace('39999 RTP/AVP', `${port} ${protocol}`).trimEnd(), ...cryptos, ''].join('\r\n'),
    packet: () => once(socket, 'message').then(([data]) => data as Buffer),
    /** Sends a second of silence to the address of this description; null: in the clear. */
    speak: (sdp: string, stream: SrtpStream | null) => {
      const target = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
      for (let n = 0; n < 50; n++, sequence++) {
        const packet = Buffer.alloc(172, 0xd5);
        packet.set([0x80, 8]);
        packet.writeUInt16BE(sequence, 2);
        packet.writeUInt32BE(sequence * 160, 4);
        packet.writeUInt32BE(77, 8);
        socket.send(stream === null ? packet : sealRtp(packet, stream), target, '127.0.0.1');
      }
    },
  };
}

async function callTo(srtp: SrtpPolicy, script: Script) {
  const callee = await RawCallee.start(new Map([['someone', script]]));
  network.onEnd(async () => callee.stop());
  const trunk = { name: 'secure', address: callee.address, callerIds: 'any' as const, srtp };
  const telephony = await network.telephony(null, { ...WORKER, trunks: [trunk] });
  const call = await dial(telephony, { trunk: 'secure' }, (event, leg) => {
    if (event.type === 'answered') leg.connectMedia();
  });
  const raw = () => {
    const found = callee.calls.get('someone');
    if (found === undefined) throw new Error('no call reached the callee');
    return found;
  };
  return { call, raw };
}

async function hangUp({ leg, over }: Awaited<ReturnType<typeof dial>>): Promise<void> {
  leg.hangUp();
  expect(await over).toMatchObject({ type: 'released' });
}

describe('a trunk that requires SRTP', () => {
  it.each([10, 4])('is offered it, and hears and is heard with a tag of %i bytes', async (tagBytes) => {
    const [far, theirs] = [await farEnd(), newStream(tagBytes)];
    const tag = tagBytes === 10 ? 1 : 2;
    const { call, raw } = await callTo('required', (each) =>
      each.respond('200 OK', { body: far.sdp('RTP/SAVP', cryptoOf(theirs, tag)) }),
    );
    await call.next('mediaConnected');
    const offer = bodyOf(raw().invite);
    expect(mediaOf(offer)).toMatch(/^m=audio \d+ RTP\/SAVP 8 0 101$/);
    expect(srtpStreamOf(offer, 1).inline).not.toBe(srtpStreamOf(offer, 2).inline);
    void call.leg.play(LONG_TONE);
    const ours = srtpStreamOf(offer, tag);
    expect(ours.tagBytes).toBe(tagBytes);
    for (let n = 0; n < 5; n++) expect(openRtp(await far.packet(), ours)).toHaveLength(172);
    far.speak(offer, null);
    far.speak(offer, theirs);
    await expect.poll(() => call.leg.packetsReceived()).toBe(50);
    await hangUp(call);
  });

  it.each([
    ['in the clear', () => PLAIN_SDP, /without SRTP keys \(RTP\/AVP\)/],
    [
      'with a suite that was not offered',
      (key: string) => key.replace(/AES\S+/, 'AES_256_CM_HMAC_SHA1_80'),
      /AES_256_CM_HMAC_SHA1_80/,
    ],
  ] as const)('that answers %s is released', async (_what, answer, problem) => {
    const theirs = newStream();
    const { call, raw } = await callTo('required', (each) => {
      const given = answer(cryptoOf(theirs));
      const body = given.startsWith('v=') ? given : `${PLAIN_SDP.replace('AVP', 'SAVP')}${given}\r\n`;
      each.respond('200 OK', { body });
    });
    const over = await call.over;
    expect(over).toMatchObject({
      type: 'rejected',
      error: { code: 'MEDIA_FAILED', message: expect.stringMatching(problem) },
    });
    expect(JSON.stringify(call.events)).not.toContain(theirs.inline);
    expect(await call.leg.untilGone()).toBe(true);
    expect([...raw().ended]).toEqual(['callee']);
  });

  it('may change its key and place by re-INVITE, and may not give SRTP up', async () => {
    const [far, moved, first, second] = [await farEnd(), await farEnd(), newStream(), newStream(4)];
    const { call, raw } = await callTo('required', (each) =>
      each.respond('200 OK', { body: far.sdp('RTP/SAVP', cryptoOf(first)) }),
    );
    await call.next('mediaConnected');
    const callee = raw();
    const ask = async (body: string) => {
      const cseq = callee.request('INVITE', { body });
      await expect.poll(() => callee.responses.get(cseq)).toBeDefined();
      return callee.responses.get(cseq) as string;
    };
    const renewed = await ask(far.sdp('RTP/SAVP', cryptoOf(newStream(), 3), cryptoOf(second, 9)));
    expect(mediaOf(bodyOf(renewed))).toMatch(/RTP\/SAVP/);
    expect(bodyOf(renewed).match(/^a=crypto:\d+/gm)).toEqual(['a=crypto:3']);
    const again = await ask(moved.sdp('RTP/SAVP', cryptoOf(second, 9)));
    expect(bodyOf(again).match(/^a=crypto:\d+ \w+/gm)).toEqual(['a=crypto:9 AES_CM_128_HMAC_SHA1_32']);
    void call.leg.play(LONG_TONE);
    expect(openRtp(await moved.packet(), srtpStreamOf(bodyOf(again)))).toHaveLength(172);
    const before = (await call.leg.packetsReceived()) ?? 0;
    moved.speak(bodyOf(again), second);
    await expect.poll(() => call.leg.packetsReceived()).toBe(before + 50);
    for (const clear of [far.sdp('RTP/AVP'), far.sdp('RTP/SAVP')])
      expect(await ask(clear)).toMatch(/^SIP\/2.0 488/);
    expect(openRtp(await moved.packet(), srtpStreamOf(bodyOf(again)))).toHaveLength(172);
    await hangUp(call);
  });
});

describe('a trunk whose SRTP is optional', () => {
  it('is offered RTP/AVP with keys, and takes them', async () => {
    const [far, theirs] = [await farEnd(), newStream()];
    const { call, raw } = await callTo('optional', (each) =>
      each.respond('200 OK', { body: far.sdp('RTP/AVP', cryptoOf(theirs)) }),
    );
    await call.next('mediaConnected');
    const offer = bodyOf(raw().invite);
    expect(mediaOf(offer)).toMatch(/RTP\/AVP/);
    void call.leg.play(LONG_TONE);
    expect(openRtp(await far.packet(), srtpStreamOf(offer, 1))).toHaveLength(172);
    far.speak(offer, theirs);
    await expect.poll(() => call.leg.packetsReceived()).toBe(50);
    await hangUp(call);
  });

  it('may leave them, and is sent plain RTP', async () => {
    const far = await farEnd();
    const { call, raw } = await callTo('optional', (each) =>
      each.respond('200 OK', { body: far.sdp('RTP/AVP') }),
    );
    await call.next('mediaConnected');
    void call.leg.play(LONG_TONE);
    expect(await far.packet()).toHaveLength(172);
    far.speak(bodyOf(raw().invite), null);
    await expect.poll(() => call.leg.packetsReceived()).toBe(50);
    await hangUp(call);
  });

  it('is released when it answers with keys that we cannot use, since it would encrypt', async () => {
    const { call } = await callTo('optional', (each) =>
      each.respond('200 OK', { body: `${PLAIN_SDP}${cryptoOf(newStream(), 9)}\r\n` }),
    );
    expect(await call.over).toMatchObject({ error: { code: 'MEDIA_FAILED' } });
  });
});

describe('keys', () => {
  it('are made for one trunk alone, and none go to one without SRTP', async () => {
    const trunks = await Promise.all(
      (['required', 'optional', 'off'] as const).map(async (srtp, index) => {
        const status = srtp === 'off' ? '486 Busy Here' : '503 Service Unavailable';
        const server = await startScriptedTrunk(() => ({ status }));
        network.onEnd(() => server.close());
        return {
          server,
          trunk: { name: `t${index}`, address: server.address, callerIds: 'any' as const, srtp },
        };
      }),
    );
    const telephony = await network.telephony(null, { ...WORKER, trunks: trunks.map(({ trunk }) => trunk) });
    const call = await dial(telephony, { callTo: 'tel:+441632960001' });
    expect(await call.over).toMatchObject({ cause: 'BUSY' });
    const [first, second, third] = trunks.map(({ server }) => server.requests[0]?.text ?? '');
    expect(first).toMatch(/^m=audio \d+ RTP\/SAVP /m);
    expect(second).toMatch(/^m=audio \d+ RTP\/AVP /m);
    expect(srtpStreamOf(first as string).inline).not.toBe(srtpStreamOf(second as string).inline);
    expect(third).toMatch(/^m=audio \d+ RTP\/AVP /m);
    expect(third).not.toContain('a=crypto');
  });
});

describe('who makes the media of a trunk that requires SRTP', () => {
  const trunks = [
    { name: 'secure', address: '127.0.0.1:5999', callerIds: 'any' as const, srtp: 'required' as const },
  ];
  const request = { jobId: 'job-1', callTo: 'tel:+441632960001', headers: {} };

  it('is the worker, also where FreeSWITCH knows more of the codecs', async () => {
    const telephony = await network.telephony(null, { media: 'auto', trunks });
    const prepared = await telephony.prepare({ ...request, codecs: 'g722;g711a' });
    expect(prepared.whereabouts.freeswitch).toBeUndefined();
    await prepared.discard();
  });

  it("is nobody where no codec of the job is the worker's; a trunk without SRTP is then taken", async () => {
    const telephony = await network.telephony(null, { media: 'auto', trunks });
    await expect(telephony.prepare({ ...request, codecs: 'g722' })).rejects.toThrow(
      /^the worker's media offers none/,
    );
    const plain = { name: 'plain', address: '127.0.0.1:5998', callerIds: 'any' as const };
    const both = await network.telephony(null, { media: 'auto', trunks: [...trunks, plain] });
    await expect.poll(() => both.servers().every(({ isUp }) => isUp)).toBe(true);
    const prepared = both.prepare({ ...request, codecs: 'g722' });
    // A real FreeSWITCH may have it.
    if (network.servers.areReal) await (await prepared).discard();
    else await expect(prepared).rejects.toThrow(/^FreeSWITCH offers none/);
  });
});
