import { callCommandSchema, commandsChannel, type WaitParameters } from '@outdial/contract';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { CallChannel } from '../src/index.js';
import { eventually, playWorker, useRedis } from './support.js';

const redis = useRedis();

/** An answered call, the commands that its worker is sent, and a way to say that a wait has ended. */
async function answeredCall() {
  const app = redis.app();
  const worker = redis.closed(await playWorker(app, redis.server));
  const channel = new CallChannel({ queue: app.queue, events: app.events, pollMs: 30 });
  await channel.call('sip:answers@lab');
  const commands: { jobId: string; waitId: string; parameters: WaitParameters }[] = [];
  const subscriber = new Redis(redis.server.url);
  redis.closed({ close: async () => subscriber.disconnect() });
  subscriber.on('message', (_, message) => {
    const command = callCommandSchema.parse(JSON.parse(message));
    if (command.type === 'waitForAnswerMachine') commands.push(command);
  });
  await subscriber.subscribe(commandsChannel(app.prefix, worker.workerId));
  const jobId = channel.details.jobId ?? '';
  const endWait = (waitId: string | null, trigger: 'beep' | 'timeout') => {
    const outcome = { trigger, isReady: trigger === 'beep', atMs: 7500 };
    const common = { jobId, callId: null, workerId: worker.workerId, at: Date.now() };
    const event = JSON.stringify({ ...common, ...outcome, type: 'waitEnded', waitId });
    return redis.redis.xadd(`${app.prefix}:events`, '*', 'jobId', jobId, 'event', event);
  };
  return { channel, commands, endWait, jobId };
}

describe('waitForAnswerMachine', () => {
  test('asks the worker for the same wait again and again, until it hears of its end', async () => {
    const { channel, commands, endWait, jobId } = await answeredCall();
    const waiting = channel.waitForAnswerMachine({ secondsTimeout: null });
    await eventually(() => commands.length).toBeGreaterThan(2);
    expect(new Set(commands.map((command) => JSON.stringify(command))).size).toBe(1);
    expect(commands[0]).toMatchObject({
      jobId,
      parameters: {
        millisecondsMinBeepDuration: 180,
        millisecondsPostBeepSilence: 1000,
        millisecondsNoBeepSilence: 4000,
        secondsTimeout: null,
      },
    });
    await endWait('another', 'timeout');
    await endWait(null, 'timeout');
    await endWait(commands[0]?.waitId ?? '', 'beep');
    expect(await waiting).toBe(true);
    expect(channel.details.wait).toEqual({ trigger: 'beep', isReady: true, atMs: 7500 });
    await channel.hangUp();
    const asked = commands.length;
    await channel.call('sip:busy@lab');
    expect(commands).toHaveLength(asked);
  });

  test('of two waits at once, each has its own end', async () => {
    const { channel, commands, endWait } = await answeredCall();
    const waits = [channel.waitForAnswerMachine(), channel.waitForAnswerMachine({ secondsTimeout: 3 })];
    const idOf = (seconds: number) =>
      commands.find(({ parameters }) => parameters.secondsTimeout === seconds)?.waitId ?? null;
    await eventually(() => idOf(3) !== null && idOf(10) !== null).toBe(true);
    await endWait(idOf(3), 'timeout');
    await endWait(idOf(10), 'beep');
    expect(await Promise.all(waits)).toEqual([true, false]);
    await channel.hangUp();
  });

  test('resolves with false when the call ends first, and rejects once it has', async () => {
    const { channel } = await answeredCall();
    const waiting = channel.waitForAnswerMachine({ secondsTimeout: null });
    await channel.hangUp();
    expect(await waiting).toBe(false);
    await expect(channel.waitForAnswerMachine()).rejects.toMatchObject({ code: 'CHANNEL_STATE' });
  });

  test('names each parameter that makes no sense', async () => {
    const { channel, commands } = await answeredCall();
    const wrong = { millisecondsNoBeepSilence: 0.5, millisecondsMinBeepDuration: -1 };
    await expect(channel.waitForAnswerMachine(wrong)).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      issues: [{ path: 'millisecondsMinBeepDuration' }, { path: 'millisecondsNoBeepSilence' }],
    });
    expect(commands).toEqual([]);
    await channel.hangUp();
  });
});
