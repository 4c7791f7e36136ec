import { type CallState, ChannelStateError } from '@outdial/contract';
import { startRedis } from '@outdial/testkit';
import { describe, expect, test } from 'vitest';
import { CallChannel, CallEvents, CallQueue } from '../src/index.js';
import { type App, eventually, playWorker, useRedis } from './support.js';

const redis = useRedis();

function channelOf(app: App, more: { pollMs?: number } = {}): CallChannel {
  return new CallChannel({ queue: app.queue, events: app.events, ...more });
}

describe('call', () => {
  test('resolves with ANSWERED, keeps the call up, and hangUp ends it', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    const states: CallState[] = [];
    channel.on('stateChanged', (state) => states.push(state));
    expect(await channel.call('sip:human@lab', { liveSpeakerDetect: 'DEFAULT' })).toBe('ANSWERED');
    expect(channel.state).toBe('ANSWERED');
    expect(channel.cause).toBe('NORMAL');
    expect(channel.details).toMatchObject({
      farEndType: 'LIVE',
      rang: true,
      earlyMedia: null,
      codec: 'PCMA',
      verdict: { kind: 'human' },
      timings: { callingAt: expect.any(Number), answeredAt: expect.any(Number) },
    });
    await channel.hangUp();
    expect(channel.state).toBe('IDLE');
    expect(channel.cause).toBe('NORMAL');
    expect(channel.details.timings.endedAt).toBeGreaterThan(0);
    expect(channel.details.rawCause.q850).toBe(16);
    expect(states).toEqual(['CALLING', 'RINGING', 'ANSWERED', 'IDLE']);
  });

  test('resolves with IDLE and the cause when nobody answers, and the channel may call again', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    expect(await channel.call('sip:busy@lab')).toBe('IDLE');
    expect(channel.cause).toBe('BUSY');
    expect(channel.details.rawCause).toEqual({ sipStatus: 486, sipReason: 'Busy Here', q850: 17 });
    const first = channel.details.jobId;
    expect(await channel.call('sip:answers@lab')).toBe('ANSWERED');
    expect(channel.details.jobId).not.toBe(first);
    await channel.hangUp();
  });

  test('the far end’s hang-up brings it back to IDLE', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    expect(await channel.call('sip:hangs-up@lab')).toBe('ANSWERED');
    expect(await channel.waitForIdle()).toBe('IDLE');
    expect(await channel.waitForIdle()).toBe('IDLE');
  });

  test('an answered call that ends by an error of ours leaves the channel at ERROR, as its record says', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    expect(await channel.call('sip:is-lost@lab')).toBe('ANSWERED');
    expect(await channel.waitForIdle()).toBe('ERROR');
    expect(channel.cause).toBe('ERROR');
    expect(channel.details.error).toMatchObject({ code: 'SERVER_LOST' });
  });

  test('unless the channel is IDLE it rejects, and leaves the call under way alone', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    const calling = channel.call('sip:answers@lab');
    await expect(channel.call('sip:answers@lab')).rejects.toBeInstanceOf(ChannelStateError);
    expect(await calling).toBe('ANSWERED');
    await expect(channel.startCall('sip:answers@lab')).rejects.toMatchObject({ code: 'CHANNEL_STATE' });
    await channel.hangUp();
  });

  test('arguments are checked before anything is queued, and the channel stays IDLE', async () => {
    const app = redis.app();
    const channel = channelOf(app);
    await expect(channel.call('tel:01632960001')).rejects.toMatchObject({
      code: 'INVALID_JOB',
      issues: [{ path: 'callFrom' }],
    });
    await expect(channel.call('sip:a@b', { codecs: 'mp3' })).rejects.toMatchObject({ code: 'INVALID_JOB' });
    expect(channel.state).toBe('IDLE');
    expect(await app.queue.counts()).toMatchObject({ waiting: 0 });
  });

  test('what it was told reaches the job, with the reference’s defaults for the rest', async () => {
    const app = redis.app();
    const channel = channelOf(app);
    const calling = channel.call('sip:answers@lab', { codecs: 'G711A;g711u', secondsTimeout: null });
    await eventually(() => app.queue.counts()).toMatchObject({ waiting: 1 });
    const id = channel.details.jobId ?? '';
    const job = JSON.parse((await redis.redis.hget(`${app.prefix}:calls-default:${id}`, 'data')) ?? '');
    expect(job).toMatchObject({
      codecs: 'g711a;g711u',
      secondsTimeout: null,
      lsdTimeoutMilliseconds: 5000,
      liveSpeakerDetect: null,
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    await channel.hangUp();
    expect(await calling).toBe('IDLE');
    expect(channel.cause).toBe('NORMAL');
  });
});

describe('startCall and hangUp', () => {
  test('startCall returns while it rings; hangUp cancels it', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    await channel.startCall('sip:rings@lab');
    expect(channel.state).not.toBe('IDLE');
    await eventually(() => channel.state).toBe('RINGING');
    expect(channel.cause).toBe('NORMAL');
    await channel.hangUp();
    expect(channel.state).toBe('IDLE');
    expect(channel.cause).toBe('NORMAL');
    await channel.hangUp();
  });

  test('a call that is cancelled from elsewhere says so', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    await channel.startCall('sip:rings@lab');
    await eventually(() => channel.state).toBe('RINGING');
    await app.queue.cancel(channel.details.jobId ?? '');
    await channel.waitForIdle();
    expect(channel.cause).toBe('CANCELLED');
  });

  test('hangUp in the very moment of startCall ends it as well', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const channel = channelOf(app);
    const starting = channel.startCall('sip:answers@lab');
    await channel.hangUp();
    await starting;
    expect(channel.state).toBe('IDLE');
  });
});

test('a channel that misses every event learns the state from the ledger', async () => {
  const app = redis.app();
  redis.closed(await playWorker(app, redis.server));
  const elsewhere = redis.closed(new CallEvents({ ...app.common, prefix: `${app.prefix}-elsewhere` }));
  const channel = new CallChannel({ queue: app.queue, events: elsewhere, pollMs: 20 });
  expect(await channel.call('sip:answers@lab')).toBe('ANSWERED');
  await channel.hangUp();
  expect(channel.state).toBe('IDLE');
});

test('fifty channels share one reader', async () => {
  const app = redis.app();
  redis.closed(await playWorker(app, redis.server));
  const channels = Array.from({ length: 50 }, () => channelOf(app));
  const calls = channels.map((channel) => channel.call('sip:answers@lab'));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['ANSWERED']));
  const clients = String(await redis.redis.client('LIST'));
  expect(clients.match(/cmd=xread\b/g)).toHaveLength(1);
  await Promise.all(channels.map((channel) => channel.hangUp()));
  expect(channels.every(({ state }) => state === 'IDLE')).toBe(true);
});

test('a job that Redis has lost ends the call as an ERROR, and does not hang', async () => {
  const app = redis.app();
  const channel = channelOf(app, { pollMs: 20 });
  const calling = channel.call('sip:answers@lab');
  await eventually(() => app.queue.counts()).toMatchObject({ waiting: 1 });
  await redis.redis.del(`${app.prefix}:calls-default:${channel.details.jobId}`);
  expect(await calling).toBe('ERROR');
  expect(channel.details.error).toMatchObject({ code: 'JOB_NOT_FOUND' });
  await expect(channel.call('sip:answers@lab')).rejects.toMatchObject({ code: 'CHANNEL_STATE' });
});

test('without Redis a call rejects, and its job is not dialled once Redis is back', async () => {
  const server = await startRedis();
  const queue = new CallQueue({ redis: server.url, timeoutMs: 400 });
  const events = new CallEvents({ redis: server.url, timeoutMs: 400 });
  const channel = new CallChannel({ queue, events, pollMs: 50 });
  await queue.add({ id: 'job-first', callTo: 'sip:answers@lab' });
  // What was asked of a Redis that hangs is carried out once it goes on.
  await events.watch('another', () => undefined);
  server.pause();
  await expect(channel.call('sip:answers@lab')).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  expect(channel.state).toBe('IDLE');
  server.resume();
  const id = channel.details.jobId ?? '';
  // Either it never got through, or it is cancelled.
  await eventually(async () => (await queue.get(id))?.phase ?? 'ended').toBe('ended');
  await eventually(async () => (await queue.counts()).waiting).toBe(1);
  await events.close();
  await queue.close();
  await server.close();
});

test('a stateChanged listener that throws is reported, and neither its call nor another’s is held up', async () => {
  const app = redis.app();
  redis.closed(await playWorker(app, redis.server));
  const errors: string[] = [];
  const events = redis.closed(
    new CallEvents({ ...app.common, onError: ({ message }) => errors.push(message) }),
  );
  const channels = [1, 2].map(() => new CallChannel({ queue: app.queue, events, pollMs: 50 }));
  channels[0]?.on('stateChanged', (state) => {
    throw new Error(`no ${state}`);
  });
  const heard: CallState[] = [];
  channels[0]?.on('stateChanged', (state) => heard.push(state));
  const states = await Promise.all(channels.map((channel) => channel.call('sip:hangs-up@lab')));
  expect(states).toEqual(['ANSWERED', 'ANSWERED']);
  for (const channel of channels) expect(await channel.waitForIdle()).toBe('IDLE');
  expect(heard).toEqual(['CALLING', 'RINGING', 'ANSWERED', 'IDLE']);
  expect(errors).toEqual(heard.map((state) => `no ${state}`));
});
