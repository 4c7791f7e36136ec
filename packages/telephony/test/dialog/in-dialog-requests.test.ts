import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { PLAIN_SDP, type RawCall, sipHeader } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import type { Leg } from '../../src/api.js';
import { ALLOW } from '../../src/sip/allow.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const { raw, onEnd } = useNetwork();

interface AnsweredCall {
  leg: Leg;
  callee: RawCall;
  over: Promise<unknown>;
  /** Sends a request of the callee's and resolves with its final response. */
  ask(method: string, body?: string, replace?: Record<string, string>): Promise<string>;
}

/** A call whose media is connected. */
async function answeredCall(): Promise<AnsweredCall> {
  const { telephony, call: callee } = await raw((call) => call.respond('200 OK', { body: PLAIN_SDP }));
  const call = await dial(telephony, {}, (event, leg) => {
    if (event.type === 'answered') leg.connectMedia();
  });
  await call.next('mediaConnected');
  return {
    leg: call.leg,
    callee: callee(),
    over: call.over,
    ask: async (method, body = '', replace = {}) => {
      const cseq = callee().request(method, { body, replace });
      await expect.poll(() => callee().responses.get(cseq)).toBeDefined();
      return callee().responses.get(cseq) ?? '';
    },
  };
}

/** Where audio arrives: the port to offer, and a promise of the first packet. */
async function ear(): Promise<{ port: number; heard: Promise<unknown> }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onEnd(async () => void socket.close());
  return { port: socket.address().port, heard: once(socket, 'message') };
}

const sdpAt = (port: number) => PLAIN_SDP.replace('39999', String(port)).replace('o=- 1 1', 'o=- 1 2');
const status = (response: string) => Number(response.split(' ')[1]);
const mediaLines = (message: string) => message.match(/^m=.*$/gm)?.map((line) => line.trim());
const TONE = 'tone_stream://%(2000,0,800)';

describe('an offer of the far end', () => {
  it.each(['UPDATE', 'INVITE'])('by %s is answered and applied', async (method) => {
    const { leg, ask, over } = await answeredCall();
    const { port, heard } = await ear();
    const response = await ask(method, sdpAt(port));
    expect(status(response)).toBe(200);
    expect(sipHeader(response, 'Contact')).toMatch(/^<sip:/);
    expect(mediaLines(response)).toEqual([expect.stringMatching(/^m=audio \d+ RTP\/AVP [08]\b/)]);
    void leg.play(TONE);
    await heard;
    leg.hangUp();
    await over;
  });

  it('of more than audio is answered with as many lines', async () => {
    const { leg, ask, over } = await answeredCall();
    const { port } = await ear();
    const response = await ask('INVITE', `${sdpAt(port)}m=image 40002 udptl t38\r\n`);
    expect(mediaLines(response)).toEqual([expect.stringMatching(/^m=audio [1-9]/), 'm=image 0 udptl t38']);
    leg.hangUp();
    await over;
  });

  it.each([
    ['T.38', PLAIN_SDP.replace(/m=audio[\s\S]*/, 'm=image 40002 udptl t38\r\n')],
    ['G.729', PLAIN_SDP.replace(/RTP\/AVP[\s\S]*/, 'RTP/AVP 18\r\n')],
    ['port 0', PLAIN_SDP.replace('39999', '0')],
    ['SRTP', PLAIN_SDP.replace('RTP/AVP', 'RTP/SAVP')],
  ])('of %s is refused with 488, and the session stays', async (_what, offer) => {
    const { leg, ask, over } = await answeredCall();
    for (const method of ['INVITE', 'UPDATE']) expect(status(await ask(method, offer))).toBe(488);
    expect(status(await ask('OPTIONS'))).toBe(200);
    expect(await leg.play('tone_stream://%(100,0,800)')).toEqual({ outcome: 'finished' });
    leg.hangUp();
    await over;
  });

  it('that comes while another is being answered is put off with 500 and Retry-After', async () => {
    const { leg, callee, over } = await answeredCall();
    const [first, second] = [await ear(), await ear()].map(({ port }) =>
      callee.request('INVITE', { body: sdpAt(port) }),
    ) as [number, number];
    await expect.poll(() => callee.responses.size).toBe(2);
    expect(callee.answers.get(first)).toBe(200);
    expect(callee.answers.get(second)).toBe(500);
    expect(Number(sipHeader(callee.responses.get(second) ?? '', 'Retry-After'))).toBeLessThanOrEqual(10);
    leg.hangUp();
    await over;
  });
});

describe('a re-INVITE without an offer', () => {
  it('gets our full offer, and the answer of its ACK is applied', async () => {
    const { leg, callee, ask, over } = await answeredCall();
    const { port, heard } = await ear();
    callee.ackBody = sdpAt(port);
    const response = await ask('INVITE');
    expect(status(response)).toBe(200);
    expect(mediaLines(response)).toEqual([expect.stringMatching(/^m=audio \d+ RTP\/AVP 8 0\b/)]);
    void leg.play(TONE);
    await heard;
    leg.hangUp();
    await over;
  });

  it('keeps further offers out with 491 until its ACK comes', async () => {
    const { leg, callee, ask, over } = await answeredCall();
    const { port } = await ear();
    callee.sendsAcks = false;
    expect(status(await ask('INVITE'))).toBe(200);
    expect(status(await ask('UPDATE', sdpAt(port)))).toBe(491);
    leg.hangUp();
    await over;
  });
});

describe('a session refresh', () => {
  it('is accepted with its timer', async () => {
    const { leg, ask, over } = await answeredCall();
    const refresh = { 'Session-Expires': '1800;refresher=uac' };
    for (const [method, body] of [
      ['UPDATE', ''],
      ['INVITE', PLAIN_SDP],
    ] as const) {
      const response = await ask(method, body, refresh);
      expect(status(response)).toBe(200);
      expect(sipHeader(response, 'Session-Expires')).toBe('1800;refresher=uac');
      expect(sipHeader(response, 'Require')).toBe('timer');
    }
    leg.hangUp();
    await over;
  });
});

describe('a request', () => {
  it.each(['REFER', 'MESSAGE', 'PUBLISH', 'SUBSCRIBE', 'REGISTER', 'UNKNOWN'])(
    'of the method %s is refused with what is allowed',
    async (method) => {
      const { leg, ask, over } = await answeredCall();
      const response = await ask(method);
      expect(status(response)).toBe(405);
      expect(sipHeader(response, 'Allow')).toBe(ALLOW);
      leg.hangUp();
      await over;
    },
  );

  // RFC 6665 section 4.1.3.
  it('of the method NOTIFY is refused where no transfer asked for it', async () => {
    const { leg, ask, over } = await answeredCall();
    expect(status(await ask('NOTIFY'))).toBe(481);
    leg.hangUp();
    await over;
  });

  it('of the method OPTIONS is answered with what is allowed', async () => {
    const { leg, ask, over } = await answeredCall();
    const response = await ask('OPTIONS');
    expect(status(response)).toBe(200);
    expect(sipHeader(response, 'Allow')).toBe(ALLOW);
    expect(sipHeader(response, 'Accept')).toBe('application/sdp');
    leg.hangUp();
    await over;
  });
});
