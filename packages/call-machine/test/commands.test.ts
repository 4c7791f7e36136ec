import { describe, expect, it } from 'vitest';
import {
  answered,
  answeredCall,
  besideEnded,
  besideRequested,
  COMMANDED_STEPS,
  cancelRequested,
  IMMEDIATE_STEPS,
  LIVE_PLAN,
  MACHINE,
  MACHINE_PLAN,
  mediaConnected,
  ORPHAN_STEPS,
  otherStepsRequested,
  ownerLost,
  ownerSeen,
  planEnded,
  released,
  ringingCall,
  SPEAKS_AT_ONCE,
  stepEndRequested,
  stepFinished,
  stepStarted,
  stepsHangUp,
  stepsRequested,
  TERMS,
  verdictReached,
  verdictRevised,
  WITH_LSD,
} from './call-under-test.js';

const COMMANDED = { steps: COMMANDED_STEPS };
const IMMEDIATE = { steps: IMMEDIATE_STEPS };
const ORPHAN = { steps: ORPHAN_STEPS };
const REST = [{ step: 'hangUp' }] as const;
const machineAnswers = { ...verdictReached, verdict: MACHINE };
const ownedCall = () => answeredCall().send(ownerSeen);

describe('steps that an app asks for', () => {
  it('take the place of those of the plan, and their end is told with what they were', () => {
    const call = ownedCall().send(stepStarted);
    call.effects();
    call.send(stepsRequested);
    expect(call.effects()).toEqual(['stopPlan', 'recordStepEnded', 'runPlan']);
    expect(call.paramsOf('runPlan').at(-1)).toEqual(COMMANDED);
    call.send(stepStarted, stepFinished, planEnded);
    expect(call.paramsOf('recordCommandEnded')).toMatchObject([
      { commandId: 'command-1', steps: [{ index: 1, step: 'play', outcome: 'finished' }] },
    ]);
    expect(call.state).toBe('ANSWERED');
  });

  it('are taken once, however often they are asked for; their end is told each time', () => {
    const call = ownedCall().send(stepsRequested, stepStarted);
    call.effects();
    call.send(stepsRequested);
    expect(call.effects()).toEqual([]);
    call.send(stepFinished, planEnded, stepsRequested);
    const [first, again, ...others] = call.paramsOf('recordCommandEnded');
    expect(again).toEqual(first);
    expect(others).toEqual([]);
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN, COMMANDED]);
  });

  it('are interrupted by others, and by the end of the call', () => {
    const call = ownedCall().send(stepsRequested, stepStarted, otherStepsRequested, stepStarted);
    call.send(cancelRequested, released);
    expect(call.paramsOf('recordCommandEnded')).toMatchObject([
      { commandId: 'command-1', steps: [{ outcome: 'interrupted' }] },
      { commandId: 'command-2', steps: [{ outcome: 'interrupted' }] },
    ]);
    expect(call.ended[0]?.steps).toHaveLength(2);
  });

  it('mean nothing before the media is connected: the app asks again', () => {
    const call = ringingCall().wait(1000);
    call.send(answered(call), stepsRequested);
    expect(call.paramsOf('runPlan')).toEqual([]);
    call.send(mediaConnected, stepsRequested);
    expect(call.paramsOf('runPlan').at(-1)).toEqual(COMMANDED);
  });

  it('may come before the verdict, whose steps follow when no app has the call', () => {
    const call = answeredCall(WITH_LSD).send(stepsRequested, verdictReached);
    expect(call.paramsOf('runPlan')).toEqual([COMMANDED]);
    call.send(planEnded);
    expect(call.paramsOf('runPlan')).toEqual([COMMANDED, LIVE_PLAN]);
  });

  it('may end the call, also before the verdict', () => {
    const call = answeredCall(WITH_LSD).send(stepsRequested, stepsHangUp, released);
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'NORMAL', farEndType: 'UNKNOWN' });
    expect(call.ended).toMatchObject([{ endedBy: 'PLAN' }]);
  });

  it('give way to what is left of the plan where no app has the call', () => {
    const call = answeredCall().send({ ...stepStarted, rest: REST }, stepsRequested, planEnded);
    expect(call.paramsOf('runPlan').at(-1)).toEqual({ steps: REST });
    call.send(planEnded, released);
    expect(call.ended).toMatchObject([{ endedBy: 'PLAN' }]);
  });

  it('go on when the verdict is revised, and the plan that follows is that of who has answered', () => {
    const call = answeredCall(WITH_LSD).send(verdictReached, stepsRequested, verdictRevised);
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN, COMMANDED]);
    call.send(planEnded);
    expect(call.paramsOf('runPlan').at(-1)).toEqual(MACHINE_PLAN);
  });
});

describe('the end of a step that an app asks for', () => {
  it('ends the step that runs, once', () => {
    const call = ownedCall().send(stepStarted);
    call.effects();
    call.send(stepEndRequested);
    expect(call.effects()).toEqual(['endStep', 'recordCommandEnded']);
    call.send(stepEndRequested);
    expect(call.effects()).toEqual(['recordCommandEnded']);
  });

  it('leaves a step of another kind alone, and does not wait for one', () => {
    const call = ownedCall().send({ ...stepStarted, step: 'gather' });
    call.effects();
    call.send(stepEndRequested);
    expect(call.effects()).toEqual(['recordCommandEnded']);
    call.send(stepFinished, stepStarted);
    expect(call.effects()).not.toContain('endStep');
  });

  it('leaves the command that runs to its own end', () => {
    const call = ownedCall().send(stepsRequested, stepStarted, stepEndRequested, stepFinished, planEnded);
    expect(call.paramsOf('recordCommandEnded')).toMatchObject([
      { commandId: 'command-3', steps: [] },
      { commandId: 'command-1', steps: [{ outcome: 'finished' }] },
    ]);
  });
});

describe('a step that is taken beside those that run', () => {
  it('leaves them alone, is taken once, and is told as each of them is', () => {
    const call = ownedCall().send(stepStarted);
    call.effects();
    call.send(besideRequested, besideRequested);
    expect(call.effects()).toEqual(['runBeside']);
    expect(call.paramsOf('runBeside')).toEqual([
      { commandId: 'command-4', step: { step: 'pauseRecording' } },
    ]);
    call.send(besideEnded);
    const told = ['recordStepStarted', 'recordStepEnded', 'recordCommandEnded'];
    expect(call.effects()).toEqual(told);
    expect(call.paramsOf('recordStepStarted').at(-1)).toEqual({ index: 1, step: 'pauseRecording' });
    call.send(besideRequested, stepFinished);
    expect(call.effects()).toEqual(['recordCommandEnded', 'recordStepEnded']);
    expect(call.paramsOf('recordStepEnded').at(-1)).toMatchObject({ index: 0, step: 'play' });
    expect(call.paramsOf('recordCommandEnded')[1]).toEqual(call.paramsOf('recordCommandEnded')[0]);
    call.send(cancelRequested, released);
    expect(call.ended[0]?.steps).toMatchObject([
      { index: 0, step: 'play' },
      { index: 1, step: 'pauseRecording' },
    ]);
  });

  it('is none of the steps of a command that runs meanwhile', () => {
    const call = ownedCall().send(stepsRequested, stepStarted, besideRequested, besideEnded);
    call.send(stepFinished, planEnded);
    expect(call.paramsOf('recordCommandEnded')).toMatchObject([
      { commandId: 'command-4', steps: [{ index: 1, step: 'pauseRecording' }] },
      { commandId: 'command-1', steps: [{ index: 0, step: 'play' }] },
    ]);
    expect(call.paramsOf('recordCommandEnded')[1]?.steps).toHaveLength(1);
  });

  it('may come however often while a command runs, whose end is told all the same', () => {
    const call = ownedCall().send(stepsRequested, stepStarted);
    for (let n = 0; n < 300; n++) {
      const commandId = `beside-${n}`;
      call.send({ ...besideRequested, commandId }, { ...besideEnded, commandId });
    }
    call.send(stepFinished, planEnded);
    expect(call.paramsOf('recordCommandEnded').at(-1)).toMatchObject({
      commandId: 'command-1',
      steps: [{ index: 0, step: 'play' }],
    });
  });
});

describe('a call that an app has', () => {
  it('stays up after the last step of its plan, until the app is lost', () => {
    const call = ownedCall().send(planEnded);
    expect(call.paramsOf('watchOwner')).toHaveLength(1);
    expect(call.state).toBe('ANSWERED');
    call.send(ownerLost, planEnded, released);
    expect(call.ended).toMatchObject([{ endedBy: 'ORPHANED', cause: 'NORMAL' }]);
  });

  it('whose app is lost goes on with the rest of its plan, in place of what the app had asked for', () => {
    const call = ownedCall().send({ ...stepStarted, rest: REST }, stepsRequested, stepStarted);
    call.effects();
    call.send(ownerLost);
    expect(call.effects()).toEqual(['stopPlan', 'recordStepEnded', 'recordCommandEnded', 'runPlan']);
    expect(call.paramsOf('runPlan').at(-1)).toEqual({ steps: REST });
  });

  it('whose app is lost lets the steps of its plan go on', () => {
    const call = ownedCall().send(stepStarted);
    call.effects();
    call.send(ownerLost);
    expect(call.effects()).toEqual([]);
  });

  it('by its job goes on with the steps for that when its app is lost', () => {
    const call = answeredCall({ ...TERMS, onOrphaned: ORPHAN_STEPS }).send(stepStarted);
    expect(call.paramsOf('watchOwner')).toHaveLength(1);
    call.send(ownerLost);
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN, ORPHAN]);
    call.send(planEnded, released);
    expect(call.ended).toMatchObject([{ endedBy: 'ORPHANED', steps: [{ outcome: 'interrupted' }] }]);
  });

  it('may get another app', () => {
    const call = ownedCall().send(ownerLost, ownerSeen, planEnded);
    expect(call.state).toBe('ANSWERED');
  });
});

describe('what is said at once', () => {
  const speaks = () => answeredCall({ ...SPEAKS_AT_ONCE, onOrphaned: undefined });

  it('runs from the answer, and the steps for a person follow it', () => {
    const call = speaks();
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE]);
    call.send(stepStarted, verdictReached);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE]);
    call.send(stepFinished, planEnded);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE, LIVE_PLAN]);
  });

  it('gives way to the steps for a machine', () => {
    const call = speaks().send(stepStarted);
    call.effects();
    call.send(machineAnswers);
    expect(call.effects()).toEqual([
      'recordVerdict',
      'publishResult',
      'stopPlan',
      'recordStepEnded',
      'runPlan',
    ]);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE, MACHINE_PLAN]);
  });

  it.each([
    ['always', verdictReached, LIVE_PLAN],
    ['never', machineAnswers, IMMEDIATE],
  ] as const)('%s gives way to the verdict where the plan says so', (onVerdict, verdict, running) => {
    const onAnswered = { ...SPEAKS_AT_ONCE.onAnswered, onVerdict };
    const call = answeredCall({ ...SPEAKS_AT_ONCE, onAnswered }).send(stepStarted, verdict);
    expect(call.paramsOf('runPlan').at(-1)).toEqual(running);
  });

  it('gives way to the steps for a machine when the verdict is revised', () => {
    const call = speaks().send(stepStarted, verdictReached, verdictRevised);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE, MACHINE_PLAN]);
  });

  it('that is over before the verdict is waited for it', () => {
    const call = speaks().send(stepStarted, stepFinished, planEnded);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE]);
    call.send(machineAnswers);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE, MACHINE_PLAN]);
  });

  it('comes before the steps of a call without detection too', () => {
    const call = answeredCall({ ...TERMS, onAnswered: SPEAKS_AT_ONCE.onAnswered });
    call.send(stepStarted, stepFinished, planEnded);
    expect(call.paramsOf('runPlan')).toEqual([IMMEDIATE, LIVE_PLAN]);
  });
});
