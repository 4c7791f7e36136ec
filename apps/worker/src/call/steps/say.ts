import { OutdialError } from '@outdial/contract';
import { play } from './play.js';
import type { StepFunction } from './step.js';

/** Says a text: has it made into a file, and plays that. */
export const say: StepFunction<'say'> = async (step, context) => {
  const { text, voice, language, interruptOn, secondsTimeout } = step;
  if (context.speech === null)
    throw new OutdialError(
      'UNSUPPORTED_STEP',
      'the worker has no speech configured (speech.command or speech.url)',
    );
  const source = await context.speech.fileOf(text, { voice, language });
  return play({ step: 'play', source, loop: 1, interruptOn, secondsTimeout }, context);
};
