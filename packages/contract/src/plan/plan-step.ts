import { z } from 'zod';
import { byCountry } from '../address/by-country.js';
import type { PhoneNumberOptions } from '../address/phone-number.js';
import { type BridgeStep, type BridgeStepInput, bridgeStepSchemaWith } from './steps/bridge.js';
import { type GatherStep, type GatherStepInput, gatherStepSchemaWith } from './steps/gather.js';
import { hangUpStepSchema } from './steps/hang-up.js';
import { holdStepSchema } from './steps/hold.js';
import { notifyStepSchema } from './steps/notify.js';
import { pauseRecordingStepSchema } from './steps/pause-recording.js';
import { playStepSchema } from './steps/play.js';
import { recordStepSchema } from './steps/record.js';
import { resumeRecordingStepSchema } from './steps/resume-recording.js';
import { sayStepSchema } from './steps/say.js';
import { sendDigitsStepSchema } from './steps/send-digits.js';
import { listOfSources, type Source } from './steps/source.js';
import { type StreamStep, type StreamStepInput, streamStepSchemaWith } from './steps/stream.js';
import { type TransferStep, type TransferStepInput, transferStepSchemaWith } from './steps/transfer.js';
import { waitForAnswerMachineStepSchema } from './steps/wait-for-answer-machine.js';

/** The steps without branches. A kind of step is a file in `steps`, and is listed here and in `STEP_NAMES`. */
const PLAIN = [
  holdStepSchema,
  playStepSchema,
  sayStepSchema,
  recordStepSchema,
  pauseRecordingStepSchema,
  resumeRecordingStepSchema,
  sendDigitsStepSchema,
  notifyStepSchema,
  waitForAnswerMachineStepSchema,
  hangUpStepSchema,
] as const;
type Plain = (typeof PLAIN)[number];

/** One step of a plan. */
export type PlanStep =
  | z.output<Plain>
  | GatherStep<PlanStep>
  | StreamStep<PlanStep>
  | BridgeStep<PlanStep>
  | TransferStep<PlanStep>;
/** One step, as a job may have it. */
export type PlanStepInput =
  | z.input<Plain>
  | GatherStepInput<PlanStepInput>
  | StreamStepInput<PlanStepInput>
  | BridgeStepInput<PlanStepInput>
  | TransferStepInput<PlanStepInput>;

const schemasFor = byCountry((options) => {
  const { defaultCountry } = options;
  const steps: z.ZodType<PlanStep[], PlanStepInput[]> = z
    .lazy(() => z.array(step).max(32))
    .meta({ id: defaultCountry === undefined ? 'steps' : `steps-${defaultCountry}` });
  const step = z.discriminatedUnion('step', [
    ...PLAIN,
    gatherStepSchemaWith(steps),
    streamStepSchemaWith(steps),
    bridgeStepSchemaWith(steps, options),
    transferStepSchemaWith(steps, options),
  ]);
  return { steps, step };
});

/** zod: the steps of a far-end type, or of a branch, at most 32, whose numbers are read with a default country. */
export function planStepsSchemaFor(options: PhoneNumberOptions): z.ZodType<PlanStep[], PlanStepInput[]> {
  return schemasFor(options).steps;
}

/** zod: one step of a plan. */
export const planStepSchema = schemasFor().step;

/** zod: a step that takes no time, and may be taken while another runs. */
export const besideStepSchema = z.discriminatedUnion('step', [
  pauseRecordingStepSchema,
  resumeRecordingStepSchema,
  notifyStepSchema,
]);
export type BesideStep = z.output<typeof besideStepSchema>;

export const STEP_NAMES = [
  'hold',
  'play',
  'say',
  'gather',
  'record',
  'pauseRecording',
  'resumeRecording',
  'sendDigits',
  'notify',
  'stream',
  'bridge',
  'transfer',
  'waitForAnswerMachine',
  'hangUp',
] as const satisfies readonly PlanStep['step'][];
export type StepName = (typeof STEP_NAMES)[number];

/** Steps, and all that their branches hold. */
export function withBranches(steps: readonly PlanStep[]): PlanStep[] {
  return steps.flatMap((step) => [
    step,
    ...branchesOf(step).flatMap(({ steps: branch }) => withBranches(branch)),
  ]);
}

/** Steps that a step may lead to. */
export interface Branch {
  /** The field of the step that holds them. */
  path: readonly string[];
  steps: readonly PlanStep[];
  /** Whether the step has got an entry of keys, where it asks for one. */
  isEntry: boolean;
}

/** What a step may lead to before the plan goes on. */
export function branchesOf(step: PlanStep): Branch[] {
  if (step.step === 'gather')
    return Object.entries(step.branches).map(([name, steps]) => ({
      path: ['branches', name],
      steps,
      isEntry: name !== 'timeout' && name !== 'invalid',
    }));
  if (step.step === 'bridge')
    return Object.entries(step.branches).map(([name, steps = []]) => ({
      path: ['branches', name],
      steps,
      isEntry: false,
    }));
  if (step.step === 'transfer') return [{ path: ['onFailed'], steps: step.onFailed ?? [], isEntry: false }];
  if (step.step !== 'stream') return [];
  return (['onClosed', 'onFailed'] as const).map((field) => ({
    path: [field],
    steps: step[field] ?? [],
    isEntry: false,
  }));
}

/** The files and tones that a step plays. */
export function sourcesOf(step: PlanStep): readonly string[] {
  return playedBy(step).filter((source) => typeof source === 'string');
}

/** Whether a step says a text. */
export function saysText(step: PlanStep): boolean {
  return step.step === 'say' || playedBy(step).some((source) => typeof source !== 'string');
}

function playedBy(step: PlanStep): readonly Source[] {
  switch (step.step) {
    case 'play':
      return listOfSources(step.source);
    case 'gather':
      return listOfSources(step.prompt);
    case 'bridge':
      return [...listOfSources(step.ringback ?? undefined), ...listOfSources(step.whisper)];
    case 'transfer':
      return listOfSources(step.ringback ?? undefined);
    default:
      return [];
  }
}
