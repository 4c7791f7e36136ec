import { play } from './play.js';
import type { StepFunction } from './step.js';

/** Says a text: plays it as a source of its own. */
export const say: StepFunction<'say'> = async (step, context) => {
  const { text, voice, language, interruptOn, secondsTimeout } = step;
  const source = { say: text, voice, language };
  return play({ step: 'play', source, loop: 1, interruptOn, secondsTimeout }, context);
};
