import { once } from 'node:events';
import { Bot, type BotCall, type BotOptions, type BotReceived } from '@outdial/lab';
import type { StreamOptions } from '@outdial/media';
import { join, silence, tone } from '@outdial/testkit/sounds';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished } from 'vitest';
import { G711_CODECS } from '../../src/codec/g711.js';
import { type FarEnd, until, type WirePacket } from '../far-end.js';
import { connect, hangUp, portsOf, startEngine } from '../sessions/stack.js';

const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
});
const tls = { cert: certificate.cert, key: certificate.private };
const limits = { bufferSeconds: 3, connectTimeoutMs: 1000, silentLimitMs: 1000 };
const engine = await startEngine({
  ports: portsOf(8),
  streams: { allowedHosts: ['127.0.0.1'], ca: certificate.cert, ...limits },
});
const START = { callSid: 'job-1', accountSid: 'outdial', customParameters: { jobId: 'job-1' } };

async function startBot(options: BotOptions = {}): Promise<Bot> {
  const bot = await Bot.start(options);
  onTestFinished(() => bot.close());
  return bot;
}

/** A call that is up, with a bot that was started on it. */
async function talk(options: Partial<StreamOptions> = {}, on = engine) {
  const ours = await startBot();
  const call = await connect(on);
  onTestFinished(() => hangUp(call));
  const stream = call.session.openStream({ url: ours.url, ...options });
  const warnings: string[] = [];
  stream.on('warning', ({ code }) => warnings.push(code));
  const ended = stream.start(START);
  const botCall = await ours.call();
  await botCall.event('start');
  return { call, stream, ended, bot: botCall, warnings };
}

/** The far end's next packets of mu-law, from the first that is not silent. */
async function heard(far: FarEnd): Promise<WirePacket[]> {
  const isLoud = ({ payload }: WirePacket) => payload.some((byte) => byte !== 0xff && byte !== 0x7f);
  while (!far.received.some(isLoud)) await far.count(far.received.length + 1);
  return far.received.slice(far.received.findIndex(isLoud));
}

const muLaw = (pcm: Int16Array) => G711_CODECS.pcmu.encode(pcm);
const bytesOf = (messages: BotReceived[]) =>
  Buffer.concat(messages.map(({ media }) => Buffer.from(media.payload, 'base64')));

describe('the far end of a stream', () => {
  it('is told to the bot as the protocol has it, types included', async () => {
    const { call, stream, ended, bot } = await talk();
    const pcm = tone(100, 440);
    await call.far.speak(pcm, call.received);
    await bot.until(({ media }) => media?.chunk === '5');
    stream.digit('5');
    await bot.event('dtmf');
    stream.tell('notify', { notify: { name: 'here' } });
    await bot.event('notify');
    await stream.stop();
    await bot.event('stop');
    const { streamSid } = bot;
    expect(streamSid).toMatch(/^MZ[0-9a-f]{32}$/);
    expect(bot.messages.slice(0, 2)).toEqual([
      { event: 'connected', protocol: 'Call', version: '1.0.0' },
      {
        event: 'start',
        sequenceNumber: '1',
        streamSid,
        start: {
          streamSid,
          accountSid: 'outdial',
          callSid: 'job-1',
          tracks: ['inbound'],
          customParameters: { jobId: 'job-1' },
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        },
      },
    ]);
    const media = bot.all('media');
    expect(media[0]).toEqual({
      event: 'media',
      sequenceNumber: '2',
      streamSid,
      media: { track: 'inbound', chunk: '1', timestamp: '0', payload: expect.any(String) },
    });
    expect(media.slice(0, 5).map(({ media }) => media.timestamp)).toEqual(['0', '20', '40', '60', '80']);
    expect(bytesOf(media.slice(0, 5))).toEqual(Buffer.from(muLaw(pcm)));
    expect(bot.all('dtmf')).toEqual([
      {
        event: 'dtmf',
        sequenceNumber: expect.any(String),
        streamSid,
        dtmf: { track: 'inbound_track', digit: '5' },
      },
    ]);
    const last = bot.messages.at(-1);
    expect(last).toMatchObject({ event: 'stop', stop: { accountSid: 'outdial', callSid: 'job-1' } });
    expect(bot.messages.slice(1).map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      bot.messages.slice(1).map((_, n) => String(n + 1)),
    );
    expect(await ended).toMatchObject({ outcome: 'stopped', streamSid, skippedMs: 0, playedMs: 0 });
  });

  it('comes in frames of 20 ms whatever its own are, with what was lost concealed', async () => {
    const { call, bot } = await talk();
    const pcm = tone(960, 440);
    for (let at = 0; at < pcm.length; at += 240) {
      const packet = call.far.next(muLaw(pcm.subarray(at, at + 240)));
      if (at !== 480) call.far.send(packet);
    }
    await bot.until(({ media }) => media?.chunk === '48');
    const media = bot.all('media');
    expect(new Set(media.map(({ media }) => Buffer.from(media.payload, 'base64').length))).toEqual(
      new Set([160]),
    );
    // One packet of 30 ms is missing, and its time is not.
    const came = bytesOf(media);
    expect(came.subarray(0, 480)).toEqual(Buffer.from(muLaw(pcm.subarray(0, 480))));
    expect(came.subarray(720, 7680)).toEqual(Buffer.from(muLaw(pcm.subarray(720))));
  });
});

describe('the audio of a bot', () => {
  it('reaches the far end as it was said, and its mark tells when', async () => {
    const { call, bot, ended } = await talk();
    const pcm = join(tone(200, 700), tone(137, 500));
    const said = muLaw(pcm);
    bot.say(said);
    bot.sayMark('said');
    expect((await bot.mark('said')).mark).toEqual({ name: 'said', played: 337, cleared: 0 });
    const first = call.far.received.indexOf((await heard(call.far))[0] as WirePacket);
    const packets = (await call.far.count(first + 17)).slice(first);
    const sound = Buffer.concat(packets.map(({ payload }) => payload));
    expect(sound.subarray(0, said.length).equals(said)).toBe(true);
    // The stream of packets has no gap, talking or not.
    const { received } = call.far;
    for (let n = 2; n < received.length; n++)
      expect(((received[n]?.timestamp ?? 0) - (received[n - 1]?.timestamp ?? 0)) >>> 0).toBe(160);
    bot.socket.close(1000);
    expect(await ended).toMatchObject({ outcome: 'closed', playedMs: 337, clearedMs: 0, droppedMs: 0 });
  });

  it('is heard in A-law by a far end of that', async () => {
    const bot = await startBot();
    const call = await connect(engine, { payloadTypes: { pcma: 8 } });
    onTestFinished(() => hangUp(call));
    const ended = call.session.openStream({ url: bot.url }).start(START);
    const botCall = await bot.call();
    await botCall.event('start');
    const pcm = tone(60, 700);
    botCall.say(muLaw(pcm));
    const packet = await call.far.until(
      ({ payload }) => payload.length === 160 && payload.some((byte) => byte !== 0xd5),
    );
    const rounded = new Int16Array(160);
    G711_CODECS.pcmu.decode(muLaw(pcm.subarray(0, 160)), rounded);
    expect(packet.payload).toEqual(Buffer.from(G711_CODECS.pcma.encode(rounded)));
    botCall.socket.close();
    expect((await ended).outcome).toBe('closed');
  });

  it('is taken back by clear, and what had been heard of it is told', async () => {
    const { call, bot } = await talk();
    bot.say(muLaw(tone(2000, 700)));
    bot.sayMark('long');
    await heard(call.far);
    bot.send({ event: 'clear' });
    const { mark } = await bot.mark('long');
    expect(mark.played).toBeGreaterThan(0);
    expect(mark.played + mark.cleared).toBe(2000);
    const sent = call.far.received.length;
    await call.far.count(sent + 6);
    // One packet may have been on its way when the echo was sent.
    for (const { payload } of call.far.received.slice(sent + 1))
      expect(payload.every((byte) => byte === 0xff)).toBe(true);
  });

  it('is dropped beyond the limit, which is told once, and the rest goes on', async () => {
    const { call, bot, warnings, ended } = await talk();
    bot.say(muLaw(tone(5000, 700)));
    bot.sayMark('much');
    await heard(call.far);
    await bot.until(() => true);
    bot.send({ event: 'clear' });
    const { mark } = await bot.mark('much');
    expect(mark.played + mark.cleared).toBe(5000);
    bot.say(muLaw(tone(40, 500)));
    bot.sayMark('more');
    expect((await bot.mark('more')).mark).toEqual({ name: 'more', played: 40, cleared: 0 });
    await call.received();
    expect(warnings).toEqual(['BUFFER_FULL']);
    bot.socket.close();
    expect((await ended).droppedMs).toBe(2000);
  });

  it('waits while something else is played, and goes on after it', async () => {
    const { call, bot } = await talk();
    const playing = call.session.play({ frequencies: [440], onMs: 200 });
    bot.say(muLaw(tone(60, 700)));
    bot.sayMark('after');
    expect(await playing).toMatchObject({ outcome: 'finished' });
    expect((await bot.mark('after')).mark.played).toBe(60);
  });

  it('is played to its end when the bot closes after it', async () => {
    const { bot, ended } = await talk();
    bot.say(muLaw(tone(300, 700)));
    bot.socket.close(1000);
    expect(await ended).toMatchObject({ outcome: 'closed', playedMs: 300 });
  });
});

describe('l16', () => {
  it.each([8000, 16_000] as const)('has binary audio at %i Hz in both directions', async (sampleRate) => {
    const { call, bot } = await talk({ protocol: 'l16', sampleRate });
    const { start } = await bot.event('start');
    expect(start.mediaFormat).toEqual({ encoding: 'audio/l16', sampleRate, channels: 1 });
    const pcm = tone(400, 600);
    await call.far.speak(pcm, call.received);
    const scale = sampleRate / 8000;
    while (bot.audio.length < 20) await once(bot, 'audio');
    expect(new Set(bot.audio.map(({ length }) => length))).toEqual(new Set([320 * scale]));
    const up = Buffer.concat(bot.audio.slice(0, 20));
    expect(levelOf(toPcm(up), 600, sampleRate)).toBeCloseTo(levelOf(pcm, 600, 8000), 1);
    // What the bot says: the same tone, in pieces that cut no sample in two.
    for (let at = 0; at < up.length; at += 322) bot.socket.send(up.subarray(at, at + 322));
    bot.sayMark('said');
    expect((await bot.mark('said')).mark.played).toBe(400);
    const bytes = Buffer.concat((await heard(call.far)).map(({ payload }) => payload)).subarray(0, 3200);
    const back = new Int16Array(bytes.length);
    G711_CODECS.pcmu.decode(bytes, back);
    expect(levelOf(back, 600, 8000)).toBeCloseTo(levelOf(pcm, 600, 8000), 1);
    expect(bot.all('media')).toEqual([]);
  });
});

describe('the connection to a bot', () => {
  it('is made before it is needed, by TLS, with headers and a subprotocol', async () => {
    const bot = await startBot({ tls, protocols: 'audio.example' });
    const call = await connect(engine);
    onTestFinished(() => hangUp(call));
    const stream = call.session.openStream({
      url: `${bot.url}?a=1`,
      headers: { Authorization: 'Bearer secret' },
      subprotocols: ['audio.example'],
    });
    await stream.connect();
    const botCall = await bot.call();
    expect(botCall.request.url).toBe('/bot?a=1');
    expect(botCall.request.headers).toMatchObject({
      authorization: 'Bearer secret',
      'sec-websocket-protocol': 'audio.example',
    });
    expect(await botCall.event('connected')).toEqual(botCall.messages[0]);
    // It says something too early, which nobody hears.
    botCall.say(muLaw(tone(500, 700)));
    botCall.sayMark('early');
    const ended = stream.start(START);
    await botCall.event('start');
    botCall.sayMark('first');
    expect((await botCall.mark('first')).mark).toEqual({ name: 'first', played: 0, cleared: 0 });
    expect(botCall.messages.map(({ event }) => event)).toEqual(['connected', 'start', 'mark']);
    expect(bot.calls).toHaveLength(1);
    await stream.stop();
    expect((await ended).outcome).toBe('stopped');
  });

  it('is made again when it was lost before it was needed', async () => {
    const bot = await startBot();
    const call = await connect(engine);
    onTestFinished(() => hangUp(call));
    const stream = call.session.openStream({ url: bot.url });
    await stream.connect();
    const first = await bot.call();
    first.socket.terminate();
    await once(first.socket, 'close');
    // The thread has seen it too by the time that it answers the next one's connection.
    const other = call.session.openStream({ url: bot.url });
    await other.connect();
    const ended = stream.start(START);
    const again = await bot.call(2);
    expect((await again.event('start')).start.callSid).toBe('job-1');
    await other.stop();
    await once((await bot.call(1)).socket, 'close');
    again.socket.close();
    expect((await ended).outcome).toBe('closed');
  });

  it.each<[string, () => Promise<Partial<StreamOptions>>, string]>([
    [
      'refuses with a status',
      async () => ({ url: (await startBot({ refuses: 403 })).url }),
      'STREAM_REFUSED',
    ],
    ['redirects', async () => ({ url: (await startBot({ refuses: 302 })).url }), 'STREAM_REFUSED'],
    [
      'chooses none of the subprotocols',
      async () => ({ url: (await startBot()).url, subprotocols: ['a'] }),
      'STREAM_REFUSED',
    ],
    ['is not there', async () => ({ url: 'ws://127.0.0.1:9/' }), 'STREAM_UNREACHABLE'],
    [
      'speaks no TLS',
      async () => ({ url: (await startBot()).url.replace('ws:', 'wss:') }),
      'STREAM_UNREACHABLE',
    ],
    ['is elsewhere', async () => ({ url: 'wss://bots.example.com/' }), 'HOST_NOT_ALLOWED'],
    ['is no WebSocket', async () => ({ url: 'https://127.0.0.1/' }), 'INVALID_OPTIONS'],
    [
      'has another rate',
      async () => ({ url: 'ws://127.0.0.1/', sampleRate: 16_000 as const }),
      'INVALID_OPTIONS',
    ],
  ])('fails as a value when the bot %s', async (_, options, code) => {
    const call = await connect(engine);
    const { url = '', ...others } = await options();
    const stream = call.session.openStream({ url: `${url}?token=secret`, ...others });
    await expect(stream.connect()).rejects.toMatchObject({ code });
    const result = await stream.start(START);
    expect(result).toMatchObject({ outcome: 'failed', error: { code }, playedMs: 0 });
    expect(JSON.stringify(result)).not.toContain('secret');
    expect((await call.session.play('silence_stream://20')).outcome).toBe('finished');
    await hangUp(call);
  });

  it('is refused to a certificate that cannot be verified', async () => {
    const strict = await startEngine({ ports: portsOf(9), streams: { allowedHosts: ['127.0.0.1'] } });
    const bot = await startBot({ tls });
    const session = await strict.open();
    const result = await session.openStream({ url: bot.url }).start(START);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'STREAM_UNREACHABLE' } });
    expect(bot.calls).toHaveLength(0);
    await session.close();
  });

  it.each<[string, (bot: BotCall) => void, string]>([
    ['dies', ({ socket }) => socket.terminate(), 'STREAM_LOST'],
    ['closes with an error', ({ socket }) => socket.close(1011), 'STREAM_LOST'],
    ['shows no sign of life', ({ socket }) => socket.pause(), 'STREAM_LOST'],
    ['sends no JSON', ({ socket }) => socket.send('hello'), 'STREAM_INVALID'],
    ['sends a list', ({ socket }) => socket.send('[]'), 'STREAM_INVALID'],
    ['sends binary audio', ({ socket }) => socket.send(Buffer.alloc(160)), 'STREAM_INVALID'],
    ['sends no event', (bot) => bot.send({}), 'STREAM_INVALID'],
    ['sends no audio', (bot) => bot.send({ event: 'media', media: {} }), 'STREAM_INVALID'],
    [
      'sends audio that is no base64',
      (bot) => bot.send({ event: 'media', media: { payload: '~~' } }),
      'STREAM_INVALID',
    ],
    ['sends a mark without a name', (bot) => bot.send({ event: 'mark', mark: {} }), 'STREAM_INVALID'],
    [
      'sends audio of another call',
      (bot) => bot.send({ event: 'media', streamSid: 'MZ0', media: { payload: '' } }),
      'STREAM_INVALID',
    ],
    [
      'sends more at once than can wait',
      ({ socket }) => socket.send('x'.repeat(2_000_000)),
      'STREAM_INVALID',
    ],
  ])('that %s costs the bot only', async (_, act, code) => {
    const { call, bot, ended } = await talk();
    bot.say(muLaw(tone(1000, 700)));
    await heard(call.far);
    act(bot);
    expect(await ended).toMatchObject({ outcome: 'failed', error: { code } });
    expect((await call.session.play('silence_stream://20')).outcome).toBe('finished');
    expect(call.session.isLost).toBe(false);
  });

  it('goes on after a message of an unknown name, which is told once', async () => {
    const { call, bot, warnings } = await talk();
    bot.send({ event: 'hello' });
    bot.send({ event: 'hello' });
    bot.sayMark('here');
    await bot.mark('here');
    await call.received();
    expect(warnings).toEqual(['UNKNOWN_MESSAGE']);
  });

  it('never waits for a bot that does not read: it misses audio', async () => {
    const patient = await startEngine({ ports: portsOf(9), streams: { allowedHosts: ['127.0.0.1'] } });
    const { call, stream, bot, ended, warnings } = await talk(
      { protocol: 'l16', sampleRate: 16_000 },
      patient,
    );
    bot.socket.pause();
    const packet = muLaw(silence(60));
    // The sockets of the system take some megabytes of it before anything waits.
    for (let burst = 0; burst < 400 && warnings.length === 0; burst++) {
      const before = await call.received();
      for (let n = 0; n < 50; n++) call.far.send(call.far.next(packet));
      await until(async () => (await call.received()) >= before + 50);
    }
    expect(warnings).toEqual(['BOT_READS_SLOWLY']);
    await stream.stop();
    const { outcome, skippedMs, sentMs } = await ended;
    expect(outcome).toBe('stopped');
    expect(skippedMs).toBeGreaterThan(0);
    expect(sentMs).toBeGreaterThan(0);
  });

  it('ends with its session: the bot is told stop', async () => {
    const { call, bot, ended } = await talk();
    await call.session.close();
    expect(await bot.event('stop')).toMatchObject({ stop: { callSid: 'job-1' } });
    expect((await ended).outcome).toBe('stopped');
  });

  it('gives way to another stream of the session', async () => {
    const { call, bot, ended } = await talk();
    const other = await startBot();
    const next = call.session.openStream({ url: other.url });
    const nextEnded = next.start(START);
    const otherCall = await other.call();
    await otherCall.event('start');
    await bot.event('stop');
    expect((await ended).outcome).toBe('stopped');
    otherCall.say(muLaw(tone(60, 500)));
    otherCall.sayMark('mine');
    expect((await otherCall.mark('mine')).mark.played).toBe(60);
    await next.stop();
    expect((await nextEnded).outcome).toBe('stopped');
  });
});

it('bad limits of streams are refused', async () => {
  const streams = { bufferSeconds: 0 };
  await expect(startEngine({ ports: portsOf(9), streams })).rejects.toMatchObject({
    code: 'INVALID_OPTIONS',
  });
});

/** The level of one frequency, 0 to 1. */
function levelOf(pcm: Int16Array, frequency: number, rate: number): number {
  let [real, imaginary] = [0, 0];
  for (let n = 0; n < pcm.length; n++) {
    const phase = (2 * Math.PI * frequency * n) / rate;
    real += ((pcm[n] as number) / 32_768) * Math.cos(phase);
    imaginary += ((pcm[n] as number) / 32_768) * Math.sin(phase);
  }
  return (2 * Math.hypot(real, imaginary)) / pcm.length;
}

function toPcm(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n));
}
