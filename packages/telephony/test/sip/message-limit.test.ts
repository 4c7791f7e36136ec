import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Agent } from '../../src/drachtio/srf-types.js';
import { assertInviteFits, limitMessages } from '../../src/sip/message-limit.js';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const long = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`X-${n}`, 'y'.repeat(1000)]));

describe('a message that is too long for drachtio', () => {
  it('is not sent', () => {
    const sent: string[] = [];
    const wp = {
      send: (_socket: Socket, message: string) => {
        sent.push(message);
        return 'id';
      },
    } as unknown as Agent['wp'];
    limitMessages(wp);
    const socket = null as unknown as Socket;
    expect(wp.send(socket, 'x'.repeat(4000))).toBe('id');
    // 2000 characters of three bytes each.
    expect(() => wp.send(socket, '€'.repeat(2000))).toThrow('6000 bytes');
    expect(sent).toHaveLength(1);
  });

  it('is refused before the dial when the headers of the job are too long', () => {
    const offer = 'v=0\r\n'.repeat(60);
    expect(() => assertInviteFits(long(2), 'sip:a@b', offer)).not.toThrow();
    expect(() => assertInviteFits(long(3), 'sip:a@b', offer)).toThrow(/^headers: make \d+ bytes/);
  });

  it('fails its own job, and no other call of the server', async () => {
    const sipp = await network.callee({ scenario: 'rejects-busy-486', calls: 2 });
    const made = await network.telephony(sipp);
    await expect(dial(made, { headers: long(20) })).rejects.toMatchObject({ code: 'INVALID_JOB' });
    expect(made.servers()).toMatchObject([{ busyCalls: 0 }, { busyCalls: 0, idleEndpoints: 1 }]);
    expect(await (await dial(made, { headers: long(2) })).over).toMatchObject({ cause: 'BUSY' });
  });
});
