import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCallJob } from '@outdial/contract';
import type { LegRecording, RecordingEnd } from '@outdial/telephony';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallRecordings } from '../../src/call/call-recordings.js';
import { canRecord } from '../../src/jobs/admission/can-record.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outdial-recordings-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A leg that records without audio, and what it was told. */
function legOf(end: Promise<RecordingEnd>) {
  const asked: string[] = [];
  const recording: LegRecording = {
    ended: end,
    stop: () => undefined,
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
  };
  const record = async (path: string, sides: string) => {
    asked.push(`${sides} ${path}`);
    return recording;
  };
  return { leg: { record }, asked };
}

function recordingsIn(folder: string, jobId = 'job-1') {
  const told: unknown[] = [];
  const recordings = new CallRecordings({
    ...{ directory: folder, jobId, workerId: 'worker-1' },
    onStarted: (started) => told.push({ started }),
    onEnded: (ended) => told.push({ ended }),
  });
  return { recordings, told };
}

const FULL = { durationMs: 1200, problem: 'ENOSPC: no space left' };
const FINISHED = { durationMs: 1200, problem: null };

describe('recordings of a call', () => {
  it('are told and reported with what became of them, in their order', async () => {
    const path = join(directory, 'new', 'job-1-message.wav');
    const { recordings, told } = recordingsIn(join(directory, 'new'));
    const { leg, asked } = legOf(Promise.resolve(FULL));
    await recordings.start(leg, 'message', 'callee');
    expect(asked).toEqual([`callee ${path}`]);
    const report = {
      ...{ name: 'message', path, workerId: 'worker-1', durationMs: 1200, isComplete: false },
      error: { code: 'RECORDING_FAILED', message: FULL.problem },
    };
    expect(await recordings.reports()).toEqual([report]);
    expect(told).toEqual([{ started: { name: 'message', path } }, { ended: report }]);
  });

  it('are listed while they run, for whoever has to settle the call', async () => {
    const { recordings } = recordingsIn(directory);
    let end: (end: RecordingEnd) => void = () => undefined;
    const { leg } = legOf(new Promise((resolve) => (end = resolve)));
    await recordings.start(leg, 'call', 'both');
    expect(recordings.current).toMatchObject([{ durationMs: null, isComplete: false, error: null }]);
    end(FINISHED);
    expect(await recordings.reports()).toMatchObject([{ durationMs: 1200, isComplete: true, error: null }]);
  });

  it('are paused and resumed while they run', async () => {
    const { recordings } = recordingsIn(directory);
    expect(recordings.pause()).toBe(false);
    const { leg, asked } = legOf(new Promise(() => undefined));
    await recordings.start(leg, 'call', 'both');
    expect([recordings.pause(), recordings.resume()]).toEqual([true, true]);
    expect(asked.slice(1)).toEqual(['pause', 'resume']);
    const ended = recordingsIn(directory).recordings;
    await ended.start(legOf(Promise.resolve(FINISHED)).leg, 'call', 'both');
    await ended.reports();
    expect(ended.pause()).toBe(false);
  });

  it('stay in their directory, whatever the id of the job', async () => {
    const { leg, asked } = legOf(Promise.resolve(FINISHED));
    await recordingsIn(directory, '..').recordings.start(leg, 'message', 'callee');
    expect(asked).toEqual([`callee ${join(directory, '..-message.wav')}`]);
  });

  it('that cannot have their directory say why, and are told as ended', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const { leg, asked } = legOf(Promise.resolve(FINISHED));
    const { recordings, told } = recordingsIn(join(file, 'below'));
    const started = await recordings.start(leg, 'message', 'callee');
    expect(started).toEqual({ problem: expect.stringContaining('ENOTDIR') });
    expect(asked).toEqual([]);
    expect(told).toMatchObject([{ ended: { durationMs: 0, error: { code: 'RECORDING_FAILED' } } }]);
    expect(await recordings.reports()).toMatchObject([{ name: 'message', isComplete: false }]);
  });
});

describe('a job that records', () => {
  const branches = { '1': [{ step: 'record', name: 'message' }] } as const;
  const candidate = (onAnswered: object, more: object = {}) => ({
    job: parseCallJob({ id: 'job-1', callTo: 'sip:human@lab', onAnswered, ...more }),
    ...{ enqueuedAt: 1, wasStalled: false, entry: null },
  });

  it('is refused where there is no directory for it, also for a step within a branch', async () => {
    const refusal = await canRecord(null)(candidate({ LIVE: [{ step: 'gather', branches }] }));
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED_STEP' });
    expect(refusal?.message).toContain('telephony.recordings.directory');
  });

  it('is refused where there is no directory for the recording of the whole call', async () => {
    const refusal = await canRecord(null)(candidate({}, { recordCall: 'call' }));
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED_STEP' });
    expect(await canRecord(directory)(candidate({}, { recordCall: 'call' }))).toBeNull();
  });

  it('is admitted where there is one; others always are', async () => {
    expect(await canRecord(directory)(candidate({ LIVE: [{ step: 'gather', branches }] }))).toBeNull();
    expect(await canRecord(null)(candidate({ LIVE: [{ step: 'hangUp' }] }))).toBeNull();
  });

  it.each(['../escape', 'a/b', '', '.hidden', 'a'.repeat(65)])('under the name %j is refused', (name) => {
    expect(() => candidate({ LIVE: [{ step: 'record', name }] })).toThrow(
      expect.objectContaining({ code: 'INVALID_JOB' }),
    );
  });
});
