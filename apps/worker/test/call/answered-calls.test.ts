import type { CallJobInput } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();

/** Calls a callee that answers at once; resolves with the ended record once the call is over. */
async function endedCall(job: Partial<CallJobInput>, { rtpEcho = false } = {}) {
  const callee = await parts.callee({ scenario: 'answers-at-once', calls: 1, rtpEcho });
  const worker = await parts.start();
  const { id } = await parts.queue.add({ callTo: `sip:callee@${callee.address}`, ...job });
  await expect.poll(() => parts.endedOf(id), WITHIN).toHaveLength(1);
  const [ended] = parts.endedOf(id);
  if (ended === undefined) throw new Error('no ended record');
  const metrics = await (await fetch(`http://127.0.0.1:${worker.healthPort}/metrics`)).text();
  return { ended, metrics, callee };
}

describe('a file that cannot be played', () => {
  it('is a failed step in the ended record and in the metrics, and the plan goes on', async () => {
    const { ended, metrics } = await endedCall({
      onAnswered: {
        otherwise: [
          { step: 'play', source: '/nowhere/missing.wav' },
          { step: 'hold', milliseconds: 10 },
        ],
      },
    });
    expect(ended).toMatchObject({
      endedBy: 'PLAN',
      error: null,
      steps: [
        {
          index: 0,
          step: 'play',
          outcome: 'failed',
          error: { code: 'PLAY_FAILED', message: expect.stringContaining('/nowhere/missing.wav') },
        },
        { index: 1, step: 'hold', outcome: 'finished', error: null },
      ],
    });
    expect(metrics).toContain('outdial_steps_total{step="play",outcome="failed",error="PLAY_FAILED"} 1');
  });
});

describe('a source without an end', () => {
  it('is stopped at its time limit, and the plan goes on', async () => {
    const endless = 'tone_stream://%(60000,0,800)';
    const { ended } = await endedCall({
      onAnswered: { otherwise: [{ step: 'play', source: endless, secondsTimeout: 0.5 }, { step: 'hangUp' }] },
    });
    expect(ended.steps).toMatchObject([
      { step: 'play', outcome: 'timeout', error: { code: 'STEP_TIMEOUT' } },
      { step: 'hangUp', outcome: 'finished' },
    ]);
  });
});

describe('a callee that has gone without a BYE', () => {
  it('is hung up once it has sent no audio for as long as the job says', async () => {
    const { ended, callee } = await endedCall({
      silenceHangUpSeconds: 1,
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    expect(ended).toMatchObject({
      endedBy: 'SILENCE',
      cause: 'FAILED',
      error: { code: 'CALLEE_SILENT' },
      steps: [{ step: 'hold', outcome: 'interrupted' }],
    });
    // SIPp's scenario is over only after the BYE.
    expect(await callee.finished).toBe(0);
  });

  it('is told from one that sends audio', async () => {
    const source = 'tone_stream://%(60000,0,800)';
    const { ended } = await endedCall(
      {
        silenceHangUpSeconds: 1,
        onAnswered: { otherwise: [{ step: 'play', source, secondsTimeout: 3 }] },
      },
      { rtpEcho: true },
    );
    expect(ended).toMatchObject({ endedBy: 'PLAN', error: null });
  });
});

describe('a job that is cancelled while its call is up', () => {
  it('says so in its ended record, apart from a callee who hung up', async () => {
    const callee = await parts.callee({ scenario: 'answers-at-once', calls: 1 });
    await parts.start();
    const onAnswered = { otherwise: [{ step: 'hold' as const, milliseconds: null }] };
    const { id } = await parts.queue.add({ callTo: `sip:callee@${callee.address}`, onAnswered });
    await expect.poll(() => parts.resultsOf(id), WITHIN).toMatchObject([{ state: 'ANSWERED' }]);
    await parts.queue.cancel(id);
    await expect
      .poll(() => parts.endedOf(id), WITHIN)
      .toMatchObject([{ endedBy: 'CANCELLED', cause: 'CANCELLED', error: { code: 'CANCELLED' } }]);
  });
});
