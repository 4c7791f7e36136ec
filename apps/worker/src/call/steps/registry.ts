import type { StepName } from '@outdial/contract';
import { bridge } from './bridge.js';
import { gather } from './gather.js';
import { hangUp } from './hang-up.js';
import { hold } from './hold.js';
import { notify } from './notify.js';
import { pauseRecording } from './pause-recording.js';
import { play } from './play.js';
import { record } from './record.js';
import { resumeRecording } from './resume-recording.js';
import { say } from './say.js';
import { sendDigits } from './send-digits.js';
import type { StepFunction } from './step.js';
import { stream } from './stream.js';
import { transfer } from './transfer.js';
import { waitForAnswerMachine } from './wait-for-answer-machine.js';

/** What runs each kind of step. */
export const STEP_FUNCTIONS: { readonly [Name in StepName]: StepFunction<Name> } = {
  hold,
  play,
  say,
  gather,
  record,
  pauseRecording,
  resumeRecording,
  sendDigits,
  notify,
  stream,
  bridge,
  transfer,
  waitForAnswerMachine,
  hangUp,
};
