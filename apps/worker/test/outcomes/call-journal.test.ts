import { type CallEvent, parseCallJob } from '@outdial/contract';
import { Ledger, Outbox } from '@outdial/ledger';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { CallJournal } from '../../src/outcomes/call-journal.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { useRedis } from '../use-redis.js';

const callee = { callId: 'callee', drachtio: '127.0.0.1:9022' };
const agent = { callId: 'agent', drachtio: '127.0.0.1:9022' };

const store = useRedis();

it('records where the legs of a call are, also when they are again where they were at first', async () => {
  const { redis } = store;
  const ledger = new Ledger(redis);
  const outbox = new Outbox({ redis, ledger });
  const job = parseCallJob({ id: 'job', callTo: 'sip:callee@127.0.0.1' });
  const claim = { jobId: 'job', workerId: 'worker', job, token: 'token' };
  await ledger.heartbeat('worker', { ttlMs: 60_000 });
  let legs = [callee];
  await ledger.claim({ ...claim, legs });
  const services = {
    ledger,
    outbox,
    metrics: new Metrics(),
    logger: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  };
  const journal = new CallJournal(services, {
    claim,
    factsNow: () => ({}),
    recordingsNow: () => [],
    legReportsNow: () => [],
    legsNow: () => legs,
    isGone: () => false,
    onClaimLost: () => undefined,
  });
  const legsOnRecord = async () => {
    journal.record({ event: answered });
    await journal.written();
    return (await ledger.get('job'))?.legs;
  };
  expect(await legsOnRecord()).toEqual([callee]);
  legs = [callee, agent];
  expect(await journal.claimLeg()).toBe(true);
  legs = [callee];
  expect(await legsOnRecord()).toEqual([callee]);
  await outbox.close();
});

const answered: CallEvent = {
  type: 'answered',
  jobId: 'job',
  callId: 'callee',
  workerId: 'worker',
  lane: 'default',
  label: null,
  at: 0,
  codec: 'PCMA',
};
