import { buildResult, callIdentity } from '@outdial/contract';
import type { SipLogEntry } from '@outdial/lab';
import { describe, expect, it } from 'vitest';
import { toLegs } from '../chaos/evidence/callee-log.js';
import { faultLine, reportText } from '../chaos/report/print.js';
import { runChaos } from '../chaos/run.js';
import { FAULT_KINDS, makeSchedule } from '../chaos/schedule/schedule.js';
import type { Evidence } from '../chaos/verdict/evidence.js';
import { judge } from '../chaos/verdict/verdict.js';

describe('a short chaos run', () => {
  it('dials no job twice, gives each one result, and leaves no call up', async () => {
    const report = await runChaos({ seed: 858, media: 'mixed', jobs: 80, faults: 6, seconds: 12 });
    const story = [...report.timeline.map(faultLine), reportText(report)].join('\n');
    // How fast a takeover is depends on the machine: `npm run chaos` judges that.
    expect(
      report.violations.filter(({ kind }) => kind !== 'released late'),
      story,
    ).toEqual([]);
    expect(report.audit, story).toEqual([]);
    expect(report.timeline).toHaveLength(6);
    expect(report.tally).toMatchObject({ jobs: 80, results: 80 });
    expect(report.tally.recordings, story).toBeGreaterThan(0);
    // A run worth the name: most jobs got through to a callee.
    expect(report.tally.dialled).toBeGreaterThan(40);
  }, 200_000);
});

describe('the schedule of a chaos run', () => {
  const options = { seed: 42, jobs: 200, faults: 20, seconds: 60 };

  it('follows from the seed alone', () => {
    expect(makeSchedule(options)).toEqual(makeSchedule(options));
    expect(makeSchedule({ ...options, seed: 43 })).not.toEqual(makeSchedule(options));
  });

  it('has every kind of fault that there is, and none that cannot be injected', () => {
    const kindsOf = (...kinds: Parameters<typeof makeSchedule>[1][]) =>
      new Set(makeSchedule(options, ...kinds).faults.map(({ kind }) => kind));
    expect(kindsOf()).toEqual(new Set(FAULT_KINDS));
    expect(kindsOf(['killWorker', 'pauseRedis'])).toEqual(new Set(['killWorker', 'pauseRedis']));
  });
});

describe('the verdict on a chaos run', () => {
  const jobs = makeSchedule({ seed: 1, jobs: 1, faults: 0, seconds: 1 }).jobs;
  const jobId = jobs[0]?.job.id ?? '';
  const result = buildResult(
    callIdentity({ id: jobId, callTo: 'sip:busy@lab', lane: 'default', metadata: {} }, 'w'),
  );
  const delivery = { atMs: 3000, jobId, publishedAtMs: 2000, result };

  function entry(
    callId: string,
    direction: 'in' | 'out',
    method: string,
    rest: Partial<SipLogEntry>,
  ): SipLogEntry {
    const headers = { CSeq: '1 INVITE', From: '<sip:us@lab>;tag=1', To: '<sip:busy@lab>' };
    return { timeMs: 1000, direction, callId, method, peer: 'udp 127.0.0.1:5060', headers, ...rest };
  }

  function invite(callId: string): SipLogEntry {
    const { headers } = entry(callId, 'in', 'INVITE', {});
    return entry(callId, 'in', 'INVITE', { uri: 'sip:busy@lab', headers: { ...headers, 'X-Job': jobId } });
  }

  const refusal = (callId: string) => entry(callId, 'out', 'INVITE', { status: 486 });
  const answer = (callId: string) => entry(callId, 'out', 'INVITE', { status: 200 });
  const bye = (callId: string) => entry(callId, 'in', 'BYE', { uri: 'sip:busy@lab', timeMs: 2000 });

  function violations(log: SipLogEntry[], evidence: Partial<Evidence> = {}): string[] {
    const quiet = {
      disturbances: [],
      drachtioOutages: [],
      kills: [],
      exits: [],
      cancelledInTime: new Set<string>(),
      recordedCalls: [],
      channelsLeft: [],
    };
    const rest = { deliveries: [delivery], calleesHold: 0, nowMs: 90_000, ...quiet };
    return judge({ jobs, legs: toLegs(log), ...rest, ...evidence }).violations.map(({ kind }) => kind);
  }

  it('has nothing against one INVITE, retransmitted or not, and one result, delivered again or not', () => {
    const log = [invite('a'), invite('a'), refusal('a')];
    expect(violations(log, { deliveries: [delivery, { ...delivery, atMs: 9000 }] })).toEqual([]);
    expect(violations([invite('a'), answer('a'), bye('a')])).toEqual([]);
  });

  it('names a job that was dialled twice', () => {
    expect(violations([invite('a'), refusal('a'), invite('b'), refusal('b')])).toEqual(['dialled twice']);
  });

  it('names a job without a result, and one whose result was published twice', () => {
    const log = [invite('a'), refusal('a')];
    expect(violations(log, { deliveries: [] })).toEqual(['no result']);
    const again = { ...delivery, publishedAtMs: 2500 };
    expect(violations(log, { deliveries: [delivery, again] })).toEqual(['several results']);
  });

  it('names a recording that is untold, and one that is not what is told of it', () => {
    const recorded = jobs.map((planned) => ({ ...planned, job: { ...planned.job, recordCall: 'call' } }));
    const found = (isComplete: boolean, found: 'whole' | 'unfinished' | 'nothing' | 'broken') =>
      violations([invite('a'), refusal('a')], {
        jobs: recorded,
        recordedCalls: [{ jobId, recordings: [{ name: 'call', isComplete, found }] }],
      });
    expect([found(true, 'whole'), found(false, 'unfinished'), found(false, 'nothing')]).toEqual([[], [], []]);
    expect(found(true, 'unfinished')).toEqual(['recording broken']);
    expect(found(false, 'broken')).toEqual(['recording broken']);
    const untold = { jobs: recorded, recordedCalls: [{ jobId, recordings: [] }] };
    expect(violations([invite('a'), refusal('a')], untold)).toEqual(['recording untold']);
  });

  it('names a call that rings or is up still, but not one that a killed drachtio took with it', () => {
    expect(violations([invite('a')])).toEqual(['left up']);
    expect(violations([invite('a'), answer('a')])).toEqual(['left up']);
    const outage = (fromMs: number, toMs: number) => ({ drachtioOutages: [{ fromMs, toMs }] });
    expect(violations([invite('a'), answer('a')], outage(1500, 1800))).toEqual([]);
    expect(violations([invite('a'), answer('a')], outage(500, 800))).toEqual(['left up']);
  });

  it('lets a call that only rang when drachtio was killed ring as long as its INVITE says, and no longer', () => {
    const { headers, ...rest } = invite('a');
    const brief = { ...rest, headers: { ...headers, Expires: '60' } };
    const drachtioOutages = [{ fromMs: 1500, toMs: 1800 }];
    const stopped = (timeMs: number) => ({ ...entry('a', 'out', 'INVITE', { status: 487 }), timeMs });
    expect(violations([brief, stopped(61_500)], { drachtioOutages })).toEqual([]);
    expect(violations([brief, stopped(64_000)], { drachtioOutages })).toEqual(['left up']);
    expect(violations([brief], { drachtioOutages })).toEqual(['left up']);
    expect(violations([brief, answer('a')], { drachtioOutages })).toEqual([]);
  });

  it('names a job that was dialled after its cancel was answered with: it is not dialled', () => {
    const cancelledInTime = new Set([jobId]);
    expect(violations([], { cancelledInTime })).toEqual([]);
    expect(violations([invite('a'), refusal('a')], { cancelledInTime })).toEqual([
      'dialled though cancelled',
    ]);
  });

  it('names a worker that was stopped and did not go with status 0, and one that ended by itself', () => {
    const log = [invite('a'), refusal('a')];
    const exit = (wasTold: boolean, status: number | null, left: string[] = []) => ({
      exits: [{ workerId: 'w1', wasTold, status, left }],
    });
    expect(violations(log, exit(true, 0))).toEqual([]);
    expect(violations(log, exit(true, 1))).toEqual(['stopped badly']);
    expect(violations(log, exit(true, null))).toEqual(['stopped badly']);
    expect(violations(log, exit(false, 0))).toEqual(['stopped badly']);
    // One that it could have ended.
    expect(violations(log, exit(true, 1, [jobId]))).toEqual(['stopped badly']);
  });

  it('lets a worker go with status 1 that leaves the search for a call which never was, rang out, or came late', () => {
    const exits = [{ workerId: 'w1', wasTold: true, status: 1, left: [jobId] }];
    expect(violations([], { exits })).toEqual([]);
    const { headers, ...rest } = invite('a');
    const brief = { ...rest, headers: { ...headers, Expires: '2' } };
    const rangOut = { ...entry('a', 'out', 'INVITE', { status: 487 }), timeMs: 3100 };
    expect(violations([brief, rangOut], { exits })).toEqual([]);
    const late = (from: SipLogEntry) => ({ ...from, timeMs: delivery.publishedAtMs + 1 });
    expect(violations([late(invite('a')), late(refusal('a'))], { exits })).toEqual([]);
    expect(violations([invite('a'), answer('a'), bye('a')], { exits })).toEqual(['stopped badly']);
  });

  it('names a call that was up for much longer than planned, unless a fault lasted as long', () => {
    const late = { ...bye('a'), timeMs: 40_000 };
    expect(violations([invite('a'), answer('a'), late])).toEqual(['left up']);
    const disturbances = [{ kind: 'pauseRedis' as const, fromMs: 5000, toMs: 35_000 }];
    expect(violations([invite('a'), answer('a'), late], { disturbances })).toEqual([]);
    const drachtioOutages = [{ fromMs: 38_000, toMs: 39_000 }];
    expect(violations([invite('a'), answer('a'), late], { drachtioOutages })).toEqual(['left up']);
  });

  it('names a call that was released late after its worker was killed, unless another fault lasted meanwhile', () => {
    const error = { code: 'WORKER_LOST', message: 'worker w1 was lost during the call' } as const;
    const deliveries = [{ ...delivery, result: { ...result, error } }];
    const kills = [{ workerId: 'w1', atMs: 1500 }];
    const log = [invite('a'), answer('a'), { ...bye('a'), timeMs: 13_500 }];
    expect(violations(log, { deliveries, kills })).toEqual(['released late']);
    const disturbances = [{ kind: 'pauseRedis' as const, fromMs: 4000, toMs: 7000 }];
    expect(violations(log, { deliveries, kills, disturbances })).toEqual([]);
    // One cause, two faults: the time is not counted twice.
    const twice = [...disturbances, { kind: 'cutConnections' as const, fromMs: 5000, toMs: 5500 }];
    const later = [invite('a'), answer('a'), { ...bye('a'), timeMs: 14_800 }];
    expect(violations(later, { deliveries, kills, disturbances: twice })).toEqual(['released late']);
  });

  it('names an endpoint that FreeSWITCH has though no worker is there any more', () => {
    expect(violations([invite('a'), refusal('a')], { channelsLeft: ['1-2-3'] })).toEqual([
      'endpoint left up',
    ]);
  });

  it('does not take the log’s word for it that nothing is up', () => {
    expect(violations([invite('a'), refusal('a')], { calleesHold: 1 })).toEqual(['left up']);
    const byeOfItsOwn = entry('a', 'out', 'BYE', { uri: 'sip:us@lab', timeMs: 2000 });
    expect(violations([invite('a'), answer('a'), byeOfItsOwn], { calleesHold: 1 })).toEqual([]);
  });
});
