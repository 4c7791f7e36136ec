import { describe, expect, it } from 'vitest';
import type { CallTerms } from '../src/timers.js';
import {
  answeredCall,
  hungUp,
  LIVE,
  LIVE_PLAN,
  MACHINE,
  MACHINE_PLAN,
  planEnded,
  released,
  START,
  silenceReached,
  stepFailed,
  stepFinished,
  stepStarted,
  TERMS,
  verdictReached,
  verdictRevised,
  WITH_LSD,
} from './call-under-test.js';

describe('the steps of a plan', () => {
  it('are recorded when they start and end, and stand in the ended record', () => {
    const call = answeredCall();
    call
      .send(stepStarted)
      .wait(1000)
      .send(stepFailed, stepStarted)
      .wait(500)
      .send({ ...stepFinished, data: { digits: '1' } });
    expect(call.paramsOf('recordStepStarted')).toEqual([
      { index: 0, step: 'play' },
      { index: 1, step: 'play' },
    ]);
    call.send(planEnded, released);
    const [ended] = call.ended;
    expect(ended?.steps).toEqual([
      {
        index: 0,
        step: 'play',
        startedAt: START + 5000,
        endedAt: START + 6000,
        outcome: 'failed',
        error: stepFailed.error,
        data: null,
      },
      {
        index: 1,
        step: 'play',
        startedAt: START + 6000,
        endedAt: START + 6500,
        outcome: 'finished',
        error: null,
        data: { digits: '1' },
      },
    ]);
    expect(call.paramsOf('recordStepEnded')).toEqual(ended?.steps);
  });

  it('are interrupted when the call ends, and the ended record says so', () => {
    const call = answeredCall().send(stepStarted).wait(1500);
    call.effects();
    call.send(hungUp);
    expect(call.effects()).toEqual(['stopPlan', 'recordStepEnded', 'stopListening', 'publishEnded']);
    expect(call.ended).toMatchObject([{ steps: [{ outcome: 'interrupted', endedAt: START + 6500 }] }]);
  });

  it('that never started leave the record without steps', () => {
    expect(answeredCall().send(hungUp).ended).toMatchObject([{ steps: [] }]);
  });
});

const revisedCall = (onRevised: CallTerms['onAnswered']['onRevised']) =>
  answeredCall({ ...WITH_LSD, onAnswered: { ...TERMS.onAnswered, onRevised } });
const machineFirst = { type: 'verdictReached', verdict: MACHINE } as const;
const thenLive = { type: 'verdictRevised', verdict: LIVE } as const;

describe('a verdict that is revised while steps run', () => {
  it('from LIVE to ANSWER_MACHINE stops them and starts those of the machine', () => {
    const call = revisedCall('answerMachine').send(verdictReached, stepStarted);
    call.effects();
    call.send(verdictRevised);
    expect(call.effects()).toEqual(['recordRevisedVerdict', 'stopPlan', 'recordStepEnded', 'runPlan']);
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN, MACHINE_PLAN]);
    call.send(stepStarted, stepFinished, hungUp);
    expect(call.ended).toMatchObject([
      {
        steps: [
          { index: 0, outcome: 'interrupted' },
          { index: 1, outcome: 'finished' },
        ],
      },
    ]);
  });

  it('from UNKNOWN to ANSWER_MACHINE does so too: UNKNOWN was treated as a person', () => {
    const call = revisedCall('answerMachine').wait(5500);
    call.send({ ...verdictReached, verdict: MACHINE });
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN, MACHINE_PLAN]);
  });

  it('the other way round changes nothing, unless the plan says always', () => {
    expect(revisedCall('answerMachine').send(machineFirst, thenLive).paramsOf('runPlan')).toHaveLength(1);
    expect(revisedCall('always').send(machineFirst, thenLive).paramsOf('runPlan')).toHaveLength(2);
  });

  it('changes nothing when the plan says never', () => {
    expect(revisedCall('never').send(verdictReached, verdictRevised).paramsOf('runPlan')).toHaveLength(1);
  });

  it('to a type that has the same steps lets them go on', () => {
    const onAnswered = {
      otherwise: [{ step: 'hangUp' as const }],
      onRevised: 'always' as const,
      onVerdict: 'machine' as const,
    };
    const call = answeredCall({ ...WITH_LSD, onAnswered }).send(verdictReached, verdictRevised);
    expect(call.paramsOf('runPlan')).toHaveLength(1);
  });

  it('after the last step of the plan comes too late', () => {
    const call = revisedCall('answerMachine').send(verdictReached, planEnded, verdictRevised);
    expect(call.paramsOf('runPlan')).toHaveLength(1);
  });
});

describe('the silence of the callee', () => {
  it('is watched for from when the media is connected, for as long as the job says', () => {
    const call = answeredCall({ ...TERMS, silenceHangUpSeconds: 45 });
    expect(call.paramsOf('watchSilence')).toEqual([{ seconds: 45 }]);
  });

  it('is not watched for when the job turns that off', () => {
    expect(answeredCall({ ...TERMS, silenceHangUpSeconds: null }).paramsOf('watchSilence')).toEqual([]);
  });

  it('hangs the call up, which is then IDLE with a code of its own', () => {
    const call = answeredCall({ ...TERMS, silenceHangUpSeconds: 45 }).send(silenceReached);
    expect(call.effects()).toContain('hangUpLeg');
    call.send(released);
    expect(call.state).toBe('IDLE');
    expect(call.ended).toMatchObject([
      { endedBy: 'SILENCE', cause: 'FAILED', error: { code: 'CALLEE_SILENT' } },
    ]);
  });
});
