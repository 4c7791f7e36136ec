import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatRtcp } from '../../src/rtcp/packet.js';
import { counterOf, deriveKeys } from '../../src/srtp/keys.js';
import { SrtpProtector } from '../../src/srtp/protector.js';
import { ReplayWindow } from '../../src/srtp/replay.js';
import { SrtpSession } from '../../src/srtp/session.js';
import { SRTP_SUITES, type SrtpKey, type SrtpSuite } from '../../src/srtp/suites.js';
import { SrtpUnprotector } from '../../src/srtp/unprotector.js';
import { rtp } from '../far-end.js';

const SUITES = Object.keys(SRTP_SUITES) as SrtpSuite[];
const newKey = (suite: SrtpSuite = 'AES_CM_128_HMAC_SHA1_80'): SrtpKey => ({
  suite,
  inline: randomBytes(30).toString('base64'),
});
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** The master key and salt of RFC 3711 appendix B.3. */
const PUBLISHED: SrtpKey = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  inline: hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6').toString('base64'),
};

describe('keys', () => {
  it('are those of RFC 3711 appendix B.3', () => {
    const { cipherKey, authKey, salt } = deriveKeys(PUBLISHED.inline).rtp;
    expect(cipherKey.toString('hex').toUpperCase()).toBe('C61E7A93744F39EE10734AFE3FF7A087');
    expect(salt.toString('hex').toUpperCase()).toBe('30CBBC08863D8C85D49DB34A9AE1');
    expect(authKey.toString('hex').toUpperCase()).toBe('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4');
  });

  it('count packets as RFC 3711 section 4.1.1 has it', () => {
    const salt = hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
    expect(counterOf(salt, 0, 0).toString('hex').toUpperCase()).toBe('F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000');
    expect(counterOf(Buffer.alloc(14), 0x1234_5678, 0x1_0002_0003).toString('hex')).toBe(
      '00000000123456780001000200030000',
    );
  });
});

describe('the packets of libsrtp (test/srtp_driver.c)', () => {
  const plain = hex('800f1234decafbadcafebabe abababababababababababababababab');
  const secret = hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb');
  const plainRtcp = hex('81c8000bcafebabe abababababababababababababababab');
  const secretRtcp = hex('81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798');

  it('are made and read', () => {
    const [ours, theirs] = [new SrtpProtector(PUBLISHED), new SrtpUnprotector(PUBLISHED)];
    expect(ours.rtp(plain)).toEqual(secret);
    expect(ours.rtcp(plainRtcp)).toEqual(secretRtcp);
    expect(theirs.rtp(secret)).toEqual(plain);
    expect(theirs.rtcp(secretRtcp)).toEqual(plainRtcp);
  });
});

describe('ReplayWindow', () => {
  it('takes each index once, and none that is too old', () => {
    const window = new ReplayWindow();
    for (const index of [5, 3, 200, 150]) {
      expect(window.isNew(index)).toBe(true);
      window.take(index);
      expect(window.isNew(index)).toBe(false);
    }
    expect(window.isNew(72)).toBe(false);
    expect(window.isNew(73)).toBe(true);
  });
});

describe.each(SUITES)('%s', (suite) => {
  it('gives back what was protected, across the wrap, with losses and in any order', () => {
    const key = newKey(suite);
    const [ours, theirs] = [new SrtpProtector(key), new SrtpUnprotector(key)];
    const packets = Array.from({ length: 400 }, (_, n) =>
      rtp({ sequence: 65_300 + n, payload: randomBytes(160) }),
    );
    const sent = packets.map((packet) => ({ packet, secret: ours.rtp(packet) }));
    // 150 are lost around the wrap, and neighbours trade places.
    const came = sent.filter((_, n) => n < 200 || n > 350);
    for (let n = 1; n + 1 < came.length; n += 5)
      [came[n], came[n + 1]] = [came[n + 1] as (typeof came)[0], came[n] as (typeof came)[0]];
    for (const { packet, secret } of came) {
      expect(secret.subarray(12, 172)).not.toEqual(packet.subarray(12));
      expect(secret).toHaveLength(172 + SRTP_SUITES[suite]);
      expect(theirs.rtp(secret)).toEqual(packet);
      expect(theirs.rtp(secret)).toBeNull();
    }
  });

  it('refuses what was changed, cut, or protected with another key', () => {
    const key = newKey(suite);
    const secret = new SrtpProtector(key).rtp(rtp({ sequence: 1 }));
    const theirs = new SrtpUnprotector(key);
    for (let at = 0; at < secret.length; at++) {
      const changed = Buffer.from(secret);
      changed[at] = (changed[at] as number) ^ 1;
      expect(theirs.rtp(changed)).toBeNull();
      expect(theirs.rtp(secret.subarray(0, at))).toBeNull();
    }
    expect(new SrtpUnprotector(newKey(suite)).rtp(secret)).toBeNull();
    expect(theirs.rtp(secret)).not.toBeNull();
  });

  it('reads past a master key identifier', () => {
    const key = newKey(suite);
    const packet = rtp({ sequence: 7 });
    const secret = new SrtpProtector(key).rtp(packet);
    const tagAt = secret.length - SRTP_SUITES[suite];
    const marked = Buffer.concat([secret.subarray(0, tagAt), hex('0001'), secret.subarray(tagAt)]);
    expect(new SrtpUnprotector(key).rtp(marked)).toBeNull();
    expect(new SrtpUnprotector({ ...key, mkiBytes: 2 }).rtp(marked)).toEqual(packet);
  });

  it('protects RTCP, of each stream by itself', () => {
    const key = newKey(suite);
    const [ours, other, theirs] = [new SrtpProtector(key), new SrtpProtector(key), new SrtpUnprotector(key)];
    const report = formatRtcp(7, 'abcd', null, null, true);
    const [first, second] = [ours.rtcp(report), ours.rtcp(report)];
    expect(first).not.toEqual(second);
    expect(theirs.rtcp(second)).toEqual(report);
    expect(theirs.rtcp(first)).toEqual(report);
    expect(theirs.rtcp(first)).toBeNull();
    const otherReport = formatRtcp(8, 'abcd', null, null, true);
    expect(theirs.rtcp(other.rtcp(otherReport))).toEqual(otherReport);
    second[9] = (second[9] as number) ^ 1;
    expect(new SrtpUnprotector(key).rtcp(second)).toBeNull();
  });
});

describe('SrtpUnprotector', () => {
  it('takes a stream up whose first packets were lost around the wrap', () => {
    const key = newKey();
    const [ours, theirs] = [new SrtpProtector(key), new SrtpUnprotector(key)];
    ours.rtp(rtp({ sequence: 65_535 }));
    const packet = rtp({ sequence: 3 });
    expect(theirs.rtp(ours.rtp(packet))).toEqual(packet);
  });
});

describe('SrtpSession', () => {
  const packets = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) =>
      rtp({ sequence: (from + n) & 0xffff, payload: randomBytes(160) }),
    );

  it('is in the clear until keys were agreed on, and then takes nothing that is', () => {
    const session = new SrtpSession();
    const [packet] = packets(1, 1) as [Buffer];
    expect(session.unprotectRtp(packet)).toEqual(packet);
    expect(session.protectRtp(packet)).toEqual(packet);
    session.configure({ local: newKey(), remote: newKey() });
    expect(session.unprotectRtp(packet)).toBeNull();
    expect(session.unprotectRtcp(formatRtcp(7, 'abcd', null, null, true))).toBeNull();
    expect(session.protectRtp(packet)).not.toEqual(packet);
  });

  it('takes what was on its way under the former key, until the new one is in use', () => {
    const [local, remote, renewed] = [newKey(), newKey(), newKey()];
    const session = new SrtpSession();
    session.configure({ local, remote });
    const before = new SrtpProtector(remote);
    const [first, second, third, fourth] = packets(10, 4) as [Buffer, Buffer, Buffer, Buffer];
    const [one, late, later] = [before.rtp(first), before.rtp(second), before.rtp(third)];
    expect(session.unprotectRtp(one)).toEqual(first);
    session.configure({ local, remote: renewed });
    expect(session.unprotectRtp(late)).toEqual(second);
    expect(session.unprotectRtp(new SrtpProtector(renewed).rtp(fourth))).toEqual(fourth);
    expect(session.unprotectRtp(later)).toBeNull();
  });

  it.each(['goes on', 'begins anew'])('follows a rollover counter that %s with a new key', (how) => {
    const [local, remote, renewed] = [newKey(), newKey(), newKey()];
    const session = new SrtpSession();
    session.configure({ local, remote });
    const before = new SrtpProtector(remote);
    for (const packet of packets(65_500, 100))
      expect(session.unprotectRtp(before.rtp(packet))).toEqual(packet);
    session.configure({ local, remote: renewed });
    const after = new SrtpProtector(renewed, how === 'goes on' ? before : null);
    for (const packet of packets(64, 100)) expect(session.unprotectRtp(after.rtp(packet))).toEqual(packet);
  });

  it('never numbers packets anew under a key that was in use', () => {
    const [key, other, remote] = [newKey(), newKey('AES_CM_128_HMAC_SHA1_32'), newKey()];
    const session = new SrtpSession();
    const report = formatRtcp(7, 'abcd', null, null, true);
    session.configure({ local: key, remote });
    const theirs = new SrtpUnprotector(key);
    const sent = packets(65_500, 100).map((packet) => ({ packet, secret: session.protectRtp(packet) }));
    for (const { packet, secret } of sent) expect(theirs.rtp(secret)).toEqual(packet);
    expect(theirs.rtcp(session.protectRtcp(report))).toEqual(report);
    // To the clear and back, by another key and back, and with a new key of the far end.
    const ways = [[null], [{ local: other, remote }], [{ local: key, remote: newKey() }]] as const;
    for (const [n, [between]] of ways.entries()) {
      session.configure(between);
      session.configure({ local: key, remote });
      const [packet] = packets(100 + n, 1) as [Buffer];
      expect(theirs.rtp(session.protectRtp(packet))).toEqual(packet);
      expect(theirs.rtcp(session.protectRtcp(report))).toEqual(report);
    }
  });
});
