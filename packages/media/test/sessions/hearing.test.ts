import { once } from 'node:events';
import type { NetworkTone } from '@outdial/contract';
import { SpeakerDetector } from '@outdial/lsd';
import type { HeardSignal, HeardVerdict } from '@outdial/media';
import { join, recording, silence, tone, v21 } from '@outdial/testkit/sounds';
import { describe, expect, it } from 'vitest';
import { Concealment } from '../../src/codec/concealment.js';
import { G711_CODECS } from '../../src/codec/g711.js';
import { FarEnd, until } from '../far-end.js';
import { BOTH_LAWS, connect, hangUp, portsOf, startEngine } from './stack.js';

const engine = await startEngine({ ports: portsOf(0), threads: 2 });

/** What the detector says of a sound, after G.711, with the same packets lost and concealed. */
function verdictOfFile(pcm: Int16Array, isLost: (packet: number) => boolean) {
  const verdicts: unknown[] = [];
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds: 5000,
    onEvent: (event) => {
      if (event.type === 'verdict') verdicts.push(event.verdict);
    },
  });
  const concealment = new Concealment();
  for (let n = 0; n * 160 < pcm.length; n++) {
    const frame = new Int16Array(160);
    frame.set(pcm.subarray(n * 160, n * 160 + 160));
    G711_CODECS.pcmu.decode(G711_CODECS.pcmu.encode(frame), frame);
    if (isLost(n)) concealment.fill(frame);
    else concealment.heard(frame);
    detector.push(frame);
  }
  return verdicts[0];
}

const calls = {
  hello: join(silence(400), recording('hello'), silence(4000)),
  'hello through GSM': join(silence(400), recording('hello', '-gsm'), silence(4000)),
  business: join(silence(300), recording('business'), silence(4000)),
  greeting: join(silence(300), recording('greeting'), tone(400, 1000), silence(3000)),
  'greeting through GSM': join(silence(300), recording('greeting', '-gsm'), tone(400, 1000), silence(3000)),
  'special information tones': join(tone(330, 950), tone(330, 1400), tone(330, 1800), silence(5000)),
  'an answering fax': join(silence(500), tone(2600, 2100), silence(75), v21(1000), silence(3000)),
  silence: silence(6000),
};

/** Every twentieth packet on average, never the first, and in a pattern that is the same every time. */
function everyTwentieth(packet: number): boolean {
  return packet > 0 && (Math.imul(packet, 2_654_435_761) >>> 16) % 20 === 7;
}

describe('a verdict', () => {
  const rows = Object.entries(calls).flatMap(([name, pcm]) => [
    { name, pcm, loss: 0, isLost: () => false },
    { name, pcm, loss: 5, isLost: everyTwentieth },
  ]);
  it.concurrent.each(rows)(
    'of $name is the same as from the file, with $loss % loss',
    async ({ pcm, isLost }) => {
      const call = await connect(engine);
      await call.session.listen({ timeoutMilliseconds: 5000 });
      await call.session.answered();
      const verdicts: HeardVerdict[] = [];
      call.session.on('verdict', (verdict) => verdicts.push(verdict));
      await call.far.speak(pcm, call.received, { isLost });
      await until(async () => {
        await call.session.quality();
        return verdicts.length > 0;
      });
      expect(verdicts[0]?.verdict).toEqual(verdictOfFile(pcm, isLost));
      expect(verdicts[0]?.isRevised).toBe(false);
      const packets = Math.ceil(pcm.length / 160);
      const lost = Array.from({ length: packets }, (_, n) => n).filter((n) => isLost(n));
      const { lostMs = 0, verdict } = verdicts[0] ?? {};
      const lostUntilThen = 20 * lost.filter((n) => 20 * n < (verdict?.decidedAfterMs ?? 0)).length;
      expect(Math.abs(lostMs - lostUntilThen)).toBeLessThanOrEqual(20);
      const quality = await call.session.quality();
      expect(quality.packetsReceived).toBe(packets - lost.length);
      // The last packet may be one of them, and nothing after it tells of it.
      expect(Math.abs(quality.packetsLost - lost.length)).toBeLessThanOrEqual(1);
      await hangUp(call);
    },
  );

  it('comes by the clock when nothing comes from the far end', async () => {
    const call = await connect(engine);
    await call.session.answered();
    await call.session.listen({ timeoutMilliseconds: 500 });
    const [{ verdict }] = await once(call.session, 'verdict');
    expect(verdict).toMatchObject({ farEndType: 'UNKNOWN' });
    await hangUp(call);
  });

  it.each(['suppresses it by comfort noise', 'suppresses it without a word', 'is gone'])(
    'counts the silence of a far end that %s',
    async (how) => {
      const call = await connect(engine, { payloadTypes: { pcmu: 0, cn: 13 } });
      const { far, session } = call;
      await session.listen();
      await session.answered();
      const verdict = once(session, 'verdict');
      await far.speak(silence(200), call.received);
      if (how === 'suppresses it without a word') far.timestamp += 1600;
      await far.speak(recording('hello'), call.received);
      if (how === 'suppresses it by comfort noise')
        far.send(far.next(Uint8Array.of(70), { payloadType: 13 }));
      expect((await verdict)[0].verdict).toMatchObject({ farEndType: 'LIVE' });
      await hangUp(call);
    },
  );

  it('refuses a time limit out of range', async () => {
    const call = await connect(engine);
    await expect(call.session.listen({ timeoutMilliseconds: 1 })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
    await hangUp(call);
  });
});

describe('early media', () => {
  it('is heard from the first packet, and its signals are told by their time before the answer', async () => {
    const call = await connect(engine);
    const signals: HeardSignal[] = [];
    call.session.on('signal', (signal) => signals.push(signal));
    const tones: NetworkTone[] = [];
    call.session.on('networkTone', (tone) => tones.push(tone));
    await call.session.listen();
    await call.far.speak(join(silence(200), tone(2000, 440, 480), silence(1000)), call.received);
    await until(async () => (await call.session.earlyMedia()).tones.length > 0);
    const { atMs, earlyMedia } = await call.session.answered();
    expect(atMs).toBe(3200);
    expect(earlyMedia.heardMs).toBe(3200);
    expect(signals[0]).toMatchObject({ signal: 'ringback', sinceAnswerMs: null });
    expect(earlyMedia.tones).toEqual(tones);
    expect(tones).toMatchObject([{ kind: 'ringback', atMs: (signals[0] as HeardSignal).atMs }]);
    const verdict = once(call.session, 'verdict');
    await call.far.speak(calls.hello, call.received);
    const [heard] = (await verdict) as [HeardVerdict];
    expect(heard.verdict.farEndType).toBe('LIVE');
    expect(heard.verdict).toEqual(verdictOfFile(calls.hello, () => false));
    expect(heard.earlyMedia).toEqual(earlyMedia);
    await hangUp(call);
  });

  it('is heard from its start when it overtakes the response that describes it', async () => {
    const session = await engine.open();
    const far = (await FarEnd.open({})).sendTo(session.local);
    const stranger = (await FarEnd.open({ ssrc: 0x7777 })).sendTo(session.local);
    stranger.send(stranger.next(new Uint8Array(160)));
    for (let n = 0; n < 10; n++) far.send(far.next(G711_CODECS.pcmu.encode(tone(20, 400))));
    // Each is a turn of the thread, in which it reads its sockets.
    for (let turn = 0; turn < 5; turn++) await session.quality();
    await session.setRemote({ address: far.address, port: far.port, payloadTypes: BOTH_LAWS });
    const received = async () => (await session.quality()).packetsReceived;
    await far.speak(tone(100, 400), received);
    expect(await session.quality()).toMatchObject({ packetsReceived: 15, heardMs: 300, packetsLost: 0 });
    stranger.close();
    await hangUp({ session, far, received });
  });

  it('that nobody describes is kept for a second at most', async () => {
    const session = await engine.open();
    const far = (await FarEnd.open({})).sendTo(session.local);
    for (let n = 0; n < 200; n++) {
      far.send(far.next(G711_CODECS.pcmu.encode(tone(20, 400))));
      if (n % 20 === 19) await session.quality();
    }
    await until(async () => (await session.quality()).packetsRefused === 200 - 64);
    await session.setRemote({ address: far.address, port: far.port, payloadTypes: BOTH_LAWS });
    expect(await session.quality()).toMatchObject({ packetsReceived: 64, packetsLost: 0 });
    await hangUp({ session, far, received: async () => 0 });
  });

  it.each([
    ['busy', join(silence(200), ...Array.from({ length: 4 }, () => join(tone(500, 425), silence(500))))],
    ['sit', join(silence(200), tone(330, 950), tone(330, 1400), tone(330, 1777), silence(500))],
    ['ced', join(silence(500), tone(2600, 2100), silence(500))],
  ])('tells %s before the answer', async (name, sound) => {
    const call = await connect(engine);
    const heard = once(call.session, 'signal');
    await call.far.speak(sound, call.received);
    expect((await heard)[0]).toMatchObject({ signal: name, sinceAnswerMs: null });
    await hangUp(call);
  });

  it('makes a mailbox that greets and beeps before it answers an answering machine', async () => {
    const call = await connect(engine);
    await call.session.listen();
    const mailbox = once(call.session, 'mailbox');
    await call.far.speak(
      join(silence(200), recording('greeting'), tone(400, 1000), silence(1000)),
      call.received,
    );
    await mailbox;
    const { earlyMedia } = await call.session.answered();
    expect(earlyMedia).toMatchObject({ isMailbox: true, hasBeeped: true, tones: [] });
    const verdict = once(call.session, 'verdict');
    await call.far.speak(silence(6000), call.received);
    expect((await verdict)[0].verdict).toMatchObject({
      farEndType: 'ANSWER_MACHINE',
      kind: 'voicemail',
      evidence: expect.stringMatching(/^silence; before the answer: \d\.\d s of speech, a beep$/),
    });
    await hangUp(call);
  });
});

describe('waitForAnswerMachine', () => {
  it('resolves after the beep', async () => {
    const call = await connect(engine);
    await call.session.answered();
    const waiting = call.session.waitForAnswerMachine({ secondsTimeout: 30 });
    await call.far.speak(join(recording('greeting'), tone(400, 1000), silence(1500)), call.received);
    expect(await waiting).toMatchObject({ trigger: 'beep', isReady: true });
    await hangUp(call);
  });

  it('goes on through the answer when it began in early media', async () => {
    const call = await connect(engine);
    await call.session.listen();
    const waiting = call.session.waitForAnswerMachine({ secondsTimeout: 30 });
    await call.far.speak(silence(500), call.received);
    await call.session.answered();
    await call.far.speak(join(recording('greeting'), tone(400, 1000), silence(1500)), call.received);
    expect(await waiting).toMatchObject({ trigger: 'beep', isReady: true });
    await hangUp(call);
  });

  it.each([
    ['unheard', silence(0)],
    ['timeout', silence(300)],
  ])('ends as %s when its time is over', async (trigger, sound) => {
    const call = await connect(engine, { payloadTypes: { pcmu: 0 } });
    await call.session.answered();
    const waiting = call.session.waitForAnswerMachine({ secondsTimeout: 0.5 });
    await call.far.speak(sound, call.received);
    expect(await waiting).toMatchObject({ trigger, isReady: false });
    await hangUp(call);
  });

  it('resolves with null when the session ends first', async () => {
    const call = await connect(engine);
    const waiting = call.session.waitForAnswerMachine({ secondsTimeout: null });
    await hangUp(call);
    expect(await waiting).toBeNull();
  });
});

describe('speech after the verdict', () => {
  it('of a person is told until the verdict stands, and again from when it is asked for', async () => {
    const call = await connect(engine);
    const { far, session, received } = call;
    await session.listen();
    await session.answered();
    const told: boolean[] = [];
    session.on('speech', ({ isSpeaking }) => told.push(isSpeaking));
    await far.speak(join(calls.hello, silence(5000), recording('hello'), silence(2500)), received);
    await until(() => told.length === 4);
    // The verdict is not revised any more 11 s after the answer.
    await far.speak(join(silence(2000), recording('hello'), silence(2000)), received);
    expect((await session.quality()).packetsLost).toBe(0);
    expect(told).toEqual([true, false, true, false]);
    await session.hear();
    await far.speak(join(silence(12_000), recording('hello'), silence(2000)), received);
    await until(() => told.length === 6);
    await hangUp(call);
  });
});

describe('the position in the stream', () => {
  it('follows the timestamps over suppressed silence, comfort noise, and another SSRC', async () => {
    const call = await connect(engine, { payloadTypes: { pcma: 8, cn: 13 } }, { payloadType: 8 });
    const { far, session } = call;
    const speech = (ms: number) => far.speak(tone(ms, 400), call.received, { law: 'pcma' });
    await speech(100);
    far.timestamp += 8000;
    await speech(100);
    expect((await session.answered()).atMs).toBe(1200);
    far.send(far.next(Uint8Array.of(60), { payloadType: 13 }));
    far.timestamp += 4000 - 1;
    await speech(100);
    const quality = await session.quality();
    expect(quality).toMatchObject({ packetsLost: 0, heardMs: 300 });
    far.ssrc = 0x9999;
    far.sequence = 12;
    far.timestamp = 77;
    await speech(100);
    expect(await session.quality()).toMatchObject({ packetsLost: 0, packetsDuplicated: 0, heardMs: 400 });
    await hangUp(call);
  });

  it('plays out a burst after a stall, and does not mind a far end whose clock is fast', async () => {
    const call = await connect(engine);
    await call.far.speak(tone(30_000, 400), call.received);
    expect((await call.session.answered()).atMs).toBe(30_000);
    expect(await call.session.quality()).toMatchObject({ packetsLost: 0, packetsLate: 0, heardMs: 30_000 });
    await hangUp(call);
  });
});

describe('hold', () => {
  it.each([
    ['ours', 'sendonly', 'sendrecv'],
    ['ours', 'inactive', 'sendrecv'],
    ['theirs', 'sendrecv', 'recvonly'],
    ['theirs', 'sendrecv', 'inactive'],
  ] as const)('of %s (%s, %s) hears nothing, and what it misses is not lost', async (_, ours, theirs) => {
    const call = await connect(engine);
    const remote = { address: call.far.address, port: call.far.port, payloadTypes: { pcmu: 0 } };
    await call.far.speak(tone(100, 400), call.received);
    await call.session.hold(ours);
    await call.session.setRemote({ ...remote, direction: theirs });
    await call.far.speak(tone(100, 400), call.received);
    await call.session.hold('sendrecv');
    await call.session.setRemote(remote);
    await call.far.speak(tone(100, 400), call.received);
    expect(await call.session.quality()).toMatchObject({ heardMs: 200, packetsReceived: 15, packetsLost: 0 });
    await hangUp(call);
  });
});

describe('what is not of the call', () => {
  it('is neither heard nor does it turn the stream', async () => {
    const call = await connect(engine);
    const stranger = await connect(engine, {}, { ssrc: 0x7777 });
    stranger.far.sendTo(call.session.local);
    await call.far.speak(tone(100, 400), call.received);
    for (let n = 0; n < 100; n++) stranger.far.send(stranger.far.next(new Uint8Array(160)));
    await until(async () => (await call.session.quality()).packetsRefused >= 100);
    await call.far.speak(tone(100, 400), call.received);
    expect(await call.session.quality()).toMatchObject({ heardMs: 200, packetsReceived: 10 });
    await hangUp(stranger);
    await hangUp(call);
  });

  it('is followed where the far end itself sends from another port, and what was held is heard', async () => {
    const call = await connect(engine);
    const nat = (await connect(engine)).far.sendTo(call.session.local);
    await until(() => call.far.received.length > 0);
    for (let n = 0; n < 10; n++) nat.send(nat.next(G711_CODECS.pcmu.encode(tone(20, 400))));
    await until(async () => (await call.session.quality()).packetsReceived === 10);
    expect(await call.session.quality()).toMatchObject({ heardMs: 200, packetsRefused: 0 });
    const before = nat.received.length;
    void call.session.play({ frequencies: [440], onMs: 100 });
    await nat.count(before + 5);
    await hangUp(call);
    nat.close();
  });
});
