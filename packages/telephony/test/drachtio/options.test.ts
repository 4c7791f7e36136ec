import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { sipHeader } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { ALLOW } from '../../src/sip/allow.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const { raw } = useNetwork();

describe('a carrier that checks whether we are alive', () => {
  it('by OPTIONS outside a dialog is answered with what is allowed', async () => {
    const { telephony, call: callee } = await raw((call) => call.refuse('486 Busy Here'));
    await (await dial(telephony)).over;
    // drachtio's own address, by the Contact of its INVITE.
    const [, host = '', port = ''] = /@?([\d.]+):(\d+)/.exec(sipHeader(callee().invite, 'Contact')) ?? [];
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const own = `127.0.0.1:${socket.address().port}`;
    const options = [
      `OPTIONS sip:${host}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};rport;branch=z9hG4bK-options-1`,
      ...[`From: <sip:carrier@${own}>;tag=1`, `To: <sip:${host}:${port}>`, `Call-ID: options-${own}`],
      ...['CSeq: 1 OPTIONS', 'Max-Forwards: 70', 'Content-Length: 0', '', ''],
    ].join('\r\n');
    socket.send(options, Number(port), host);
    const [response] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    expect(response.toString()).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    expect(sipHeader(response.toString(), 'Allow')).toBe(ALLOW);
    expect(sipHeader(response.toString(), 'Accept')).toBe('application/sdp');
  });
});
