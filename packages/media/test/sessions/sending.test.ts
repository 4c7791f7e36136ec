import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatWav } from '@outdial/lab/audio';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, describe, expect, it } from 'vitest';
import { G711_CODECS } from '../../src/codec/g711.js';
import { readWav } from '../../src/play/wav.js';
import { formatRtcp, parseRtcp } from '../../src/rtcp/packet.js';
import { DIGITS } from '../../src/rtp/telephone-event.js';
import { SrtpProtector } from '../../src/srtp/protector.js';
import type { SrtpKey } from '../../src/srtp/suites.js';
import { SrtpUnprotector } from '../../src/srtp/unprotector.js';
import { FarEnd, type WirePacket } from '../far-end.js';
import { BOTH_LAWS, connect, hangUp, portsOf, startEngine } from './stack.js';

const directory = mkdtempSync(join(tmpdir(), 'outdial-media-send-'));
afterAll(() => rmSync(directory, { recursive: true }));
const engine = await startEngine({ ports: portsOf(1), sources: { directory } });

const newKey = (): SrtpKey => ({
  suite: 'AES_CM_128_HMAC_SHA1_80',
  inline: randomBytes(30).toString('base64'),
});
const KEY = newKey();

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

const ramp = Int16Array.from({ length: 2000 }, (_, n) => (n * 13) % 20_000);
writeFileSync(join(directory, 'ramp.wav'), formatWav(ramp, 'pcm16'));

/** Packets of a talkspurt: from one with the marker on. */
function audioOf(packets: readonly WirePacket[], payloadType: number): Buffer {
  return Buffer.concat(
    packets.filter((packet) => packet.payloadType === payloadType).map(({ payload }) => payload),
  );
}

describe('what is played', () => {
  it('leaves in packets of 20 ms with timestamps that follow, from a marker on, and ends with its last', async () => {
    const call = await connect(engine);
    await call.far.count(1);
    expect(await call.session.play('ramp.wav')).toEqual({ outcome: 'finished', playedMs: 250 });
    await call.far.count(14);
    const packets = call.far.received.slice(1);
    expect(packets).toHaveLength(13);
    expect(packets.map(({ marker }) => marker)).toEqual([true, ...new Array(12).fill(false)]);
    for (let n = 1; n < packets.length; n++) {
      const [one, next] = [packets[n - 1] as WirePacket, packets[n] as WirePacket];
      expect((next.sequence - one.sequence) & 0xffff).toBe(1);
      expect((next.timestamp - one.timestamp) >>> 0).toBe(160);
      expect(next.ssrc).toBe(one.ssrc);
    }
    const expected = Buffer.alloc(13 * 160, 0xff);
    expected.set(G711_CODECS.pcmu.encode(ramp));
    expect(audioOf(packets, 0)).toEqual(expected);
    await hangUp(call);
  });

  it.each([
    [10, undefined, 80],
    [30, undefined, 240],
    [60, undefined, 480],
    [40, 20, 160],
    [25, undefined, 160],
  ])('has the packet time of the answer: ptime %s, maxptime %s', async (ptimeMs, maxPtimeMs, bytes) => {
    const remote = maxPtimeMs === undefined ? { ptimeMs } : { ptimeMs, maxPtimeMs };
    const call = await connect(engine, remote);
    expect((await call.session.play({ frequencies: [440], onMs: 240 })).outcome).toBe('finished');
    await call.far.count(1 + 240 / (bytes / 8));
    expect(new Set(call.far.received.slice(1).map(({ payload }) => payload.length))).toEqual(
      new Set([bytes]),
    );
    await hangUp(call);
  });

  it('loops until it is stopped, and says how much was played', async () => {
    const call = await connect(engine);
    const playing = call.session.play({ frequencies: [440], onMs: 30 }, { loop: true });
    await call.far.count(12);
    await call.session.stopPlaying();
    const { outcome, playedMs } = await playing;
    expect(outcome).toBe('stopped');
    expect(playedMs).toBeGreaterThanOrEqual(220);
    expect(playedMs % 20).toBe(0);
    expect((await call.session.play('tone_stream://%(20,20,440);loops=3')).playedMs).toBe(120);
    expect((await call.session.play('silence_stream://60')).playedMs).toBe(60);
    await hangUp(call);
  });

  it('takes the place of what is playing', async () => {
    const call = await connect(engine);
    const first = call.session.play('silence_stream://-1');
    await call.far.count(4);
    const second = call.session.play('ramp.wav');
    expect((await first).outcome).toBe('stopped');
    expect((await second).outcome).toBe('finished');
    await hangUp(call);
  });

  it.each([
    ['none.wav', 'SOURCE_MISSING'],
    ['../etc/passwd', 'SOURCE_FORBIDDEN'],
    ['https://example.com/a.wav', 'HOST_NOT_ALLOWED'],
    ['tone_stream://x', 'SOURCE_INVALID'],
  ])('fails as a value when it is %s', async (source, code) => {
    const call = await connect(engine);
    expect(await call.session.play(source)).toMatchObject({
      outcome: 'failed',
      playedMs: 0,
      error: { code },
    });
    await expect(call.session.play('ramp.wav', { loop: 0 })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
    await hangUp(call);
  });

  it('waits for a far end, stands still on hold, and goes on in another law at another port', async () => {
    const session = await engine.open();
    const playing = session.play('ramp.wav');
    const far = (await FarEnd.open()).sendTo(session.local);
    const remote = { address: far.address, port: far.port, payloadTypes: BOTH_LAWS };
    await session.setRemote(remote);
    await far.count(4);
    await session.setRemote({ ...remote, direction: 'sendonly' });
    await session.quality();
    const onHold = far.received.length;
    const other = await FarEnd.open();
    await session.hold('inactive');
    await session.setRemote({ ...remote, port: other.port, payloadTypes: { pcma: 96 } });
    await session.hold('sendrecv');
    expect((await playing).outcome).toBe('finished');
    await other.count(14 - onHold);
    expect(far.received.length).toBe(onHold);
    const sound = audioOf(far.received, 0);
    const whole = new Int16Array(13 * 160);
    whole.set(ramp);
    // The first packet may be the sign of life that is sent when the far end is known.
    const start = sound.length - onHold * 160 + (far.received[1]?.marker ? 160 : 0);
    const inFirst = sound.subarray(start);
    expect(inFirst).toEqual(Buffer.from(G711_CODECS.pcmu.encode(whole.subarray(0, inFirst.length))));
    const inSecond = audioOf(
      other.received.filter(({ payload }) => payload.some((byte) => byte !== 0xd5)),
      96,
    );
    const expected = Buffer.from(G711_CODECS.pcma.encode(whole.subarray(inFirst.length)));
    expect(inSecond).toEqual(expected.subarray(0, inSecond.length));
    expect(expected.length - inSecond.length).toBeLessThanOrEqual(160);
    await session.close();
    far.close();
    other.close();
  });

  it('is sent to nobody when the port is 0 or the far end only sends', async () => {
    for (const remote of [{ port: 0 }, { direction: 'sendonly' }, { direction: 'inactive' }] as const) {
      const call = await connect(engine, remote);
      const playing = call.session.play('ramp.wav');
      await call.session.stopPlaying();
      expect(await playing).toEqual({ outcome: 'stopped', playedMs: 0 });
      expect(await call.session.close()).toMatchObject({ packetsSent: 0 });
      call.far.close();
    }
  });
});

describe('digits', () => {
  it('are sent and received, each once', async () => {
    const [one, other] = [await engine.open(), await engine.open()];
    const payloadTypes = { pcma: 8, telephoneEvent: 97 };
    await one.setRemote({ ...other.local, payloadTypes });
    await other.setRemote({ ...one.local, payloadTypes });
    let digits = '';
    other.on('digit', ({ digit }) => {
      digits += digit;
    });
    await one.sendDigits(DIGITS.toLowerCase(), { durationMs: 40, gapMs: 40 });
    await other.quality();
    expect(digits).toBe(DIGITS);
    expect(await other.quality()).toMatchObject({ packetsLost: 0, packetsDuplicated: 0 });
    await Promise.all([one.close(), other.close()]);
  });

  it('come before what is played, which loses nothing by it', async () => {
    const call = await connect(engine);
    const playing = call.session.play('ramp.wav');
    await call.far.count(5);
    await call.session.sendDigits('7', { durationMs: 60 });
    await playing;
    await call.far.count((await call.session.quality()).packetsSent);
    const audio = call.far.received.filter(({ payloadType }) => payloadType === 0).slice(1);
    expect(audioOf(audio, 0).subarray(0, 2000)).toEqual(Buffer.from(G711_CODECS.pcmu.encode(ramp)));
    const events = call.far.received.filter(({ payloadType }) => payloadType === 101);
    expect(events).toHaveLength(5);
    const sequences = call.far.received.map(({ sequence }) => sequence);
    expect(
      sequences.every((sequence, n) => n === 0 || ((sequence - (sequences[n - 1] as number)) & 0xffff) === 1),
    ).toBe(true);
    expect(audio.filter(({ marker }) => marker)).toHaveLength(2);
    await hangUp(call);
  });

  it('are refused where none were agreed on, and when they are none', async () => {
    const call = await connect(engine, { payloadTypes: { pcmu: 0 } });
    await expect(call.session.sendDigits('1')).rejects.toMatchObject({ code: 'NO_TELEPHONE_EVENT' });
    await call.session.setRemote({ address: '127.0.0.1', port: call.far.port, payloadTypes: BOTH_LAWS });
    await expect(call.session.sendDigits('1x')).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    const refused = expect(call.session.sendDigits('123')).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    await hangUp(call);
    await refused;
  });
});

describe('RTCP', () => {
  it('says good-bye on its own port, and on that of RTP where that was agreed on', async () => {
    for (const rtcpMux of [false, true]) {
      const rtcp = await FarEnd.open();
      const call = await connect(engine, { rtcpMux, rtcpPort: rtcp.port });
      await call.far.speak(tone(200, 400), call.received);
      const bye = once(rtcpMux ? call.far : rtcp, 'rtcp');
      await call.session.close();
      // Only then may the sockets close: what was not read by then is gone.
      const report = parseRtcp((await bye)[0]);
      expect(report).toMatchObject({ isBye: true });
      expect(report?.blocks[0]).toMatchObject({ ssrc: call.far.ssrc, cumulativeLost: 0, fractionLost: 0 });
      call.far.close();
      rtcp.close();
    }
  });

  it('is read: the loss and the round trip that the far end reports', async () => {
    const call = await connect(engine, { rtcpMux: true });
    const [{ ssrc }] = (await call.far.count(1)) as [WirePacket];
    const block = { ssrc, fractionLost: 64, cumulativeLost: 3, highestSequence: 9, jitter: 80 };
    call.far.send(formatRtcp(5, 'x', null, { ...block, lastReport: 0, delaySinceLastReport: 0 }, false));
    let farEnd = null;
    while (farEnd === null) ({ farEnd } = await call.session.quality());
    expect(farEnd).toEqual({ lossShare: 0.25, lost: 3, jitterMs: 10 });
    await hangUp(call);
  });
});

describe('a session', () => {
  it.skipIf(!hasIPv6)('speaks IPv6', async () => {
    const session = await engine.open({ listenHost: '::1' });
    const far = (await FarEnd.open({}, '::1')).sendTo(session.local);
    await session.setRemote({ address: '0:0:0:0:0:0:0:1', port: far.port, payloadTypes: { pcmu: 0 } });
    await far.speak(tone(100, 400), async () => (await session.quality()).packetsReceived);
    await session.play({ frequencies: [440], onMs: 40 });
    await far.count(3);
    expect(await session.close()).toMatchObject({ heardMs: 100, packetsSent: 3 });
    far.close();
  });

  it('protects and unprotects with the keys of SDES', async () => {
    const srtp = { local: newKey(), remote: newKey() };
    const call = await connect(engine, { srtp });
    const [ours, theirs] = [new SrtpProtector(srtp.remote), new SrtpUnprotector(srtp.local)];
    for (let n = 0; n < 10; n++) call.far.send(ours.rtp(call.far.next(new Uint8Array(160))));
    call.far.send(call.far.next(new Uint8Array(160)));
    let quality = await call.session.quality();
    while (quality.packetsReceived < 10 || quality.packetsRefused < 1) quality = await call.session.quality();
    expect(quality).toMatchObject({ packetsReceived: 10, packetsRefused: 1, heardMs: 200 });
    const raw = once(call.far.socket, 'message');
    void call.session.play({ frequencies: [440], onMs: 100 });
    const [packet] = await raw;
    expect(theirs.rtp(packet)).toHaveLength(172);
    await hangUp(call);
  });

  it('records both sides, and beside that the far end alone', async () => {
    const call = await connect(engine);
    const [path, second] = [join(directory, 'call.wav'), join(directory, 'callee.wav')];
    await call.session.record(path, { sides: 'both' });
    await call.session.record(second);
    const again = call.session.record(path);
    await expect(again).rejects.toMatchObject({ code: 'RECORDING_FAILED' });
    const recorded = once(call.session, 'recorded');
    await call.far.speak(tone(300, 400), call.received);
    await call.session.play('ramp.wav');
    expect(await call.session.stopRecording(path)).toMatchObject({ outcome: 'finished', path });
    expect((await recorded)[0]).toMatchObject({ outcome: 'finished' });
    expect(await call.session.stopRecording(path)).toBeNull();
    expect((await readWav(readFileSync(path))).samples.length).toBeGreaterThan(2000);
    await expect(call.session.record('/nowhere/at/all.wav')).rejects.toMatchObject({
      code: 'RECORDING_FAILED',
    });
    await hangUp(call);
    expect((await readWav(readFileSync(second))).samples.length).toBeGreaterThan(2000);
  });

  it('records nothing while it is paused', async () => {
    const call = await connect(engine);
    const path = join(directory, 'paused.wav');
    await call.session.record(path, { sides: 'both' });
    await call.session.pauseRecording(path);
    await call.far.speak(tone(200, 400), call.received);
    await call.session.play('ramp.wav');
    await call.session.resumeRecording(path);
    await call.session.stopRecording(path);
    const { samples } = await readWav(readFileSync(path));
    expect(samples.length).toBeGreaterThan(1000);
    expect(samples.every((sample) => sample === 0)).toBe(true);
    await hangUp(call);
  });

  it('refuses everything after it was closed, and closes once', async () => {
    const call = await connect(engine);
    const playing = call.session.play('silence_stream://-1');
    await call.far.count(3);
    const [first, second] = await Promise.all([call.session.close(), call.session.close()]);
    expect(second).toBe(first);
    expect((await playing).outcome).toBe('stopped');
    await expect(call.session.answered()).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(await call.session.play('ramp.wav')).toMatchObject({
      outcome: 'failed',
      error: { code: 'SESSION_CLOSED' },
    });
    call.far.close();
  });

  it.each([
    { address: 'example.com' },
    { port: 70_000 },
    { payloadTypes: { pcmu: 200 } },
    { rtcpPort: -1 },
    { srtp: { local: KEY, remote: { ...KEY, inline: 'AAAA' } } },
    { srtp: { local: { ...KEY, suite: 'F8_128_HMAC_SHA1_80' as never }, remote: KEY } },
    { srtp: { local: KEY, remote: { ...KEY, mkiBytes: 129 } } },
  ])('refuses the remote description %o', async (remote) => {
    const session = await engine.open();
    await expect(
      session.setRemote({ address: '127.0.0.1', port: 4000, payloadTypes: { pcmu: 0 }, ...remote }),
    ).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    await session.close();
  });
});
