import type { BotEnd } from '@outdial/telephony';
import type { StepEnd, StepFunction } from './step.js';

/**
 * Connects the callee and a voice bot, until the bot or its time limit ends that. A bot that fails costs the bot alone: the plan
 * goes on, with the steps that the job has for it.
 */
export const stream: StepFunction<'stream'> = async (step, { asked, bots, keys, signal }) => {
  const { secondsTimeout, onClosed = [], onFailed = onClosed } = step;
  const bot = bots.take(asked, step);
  const stop = () => bot.stop();
  let isTimedOut = false;
  const timer =
    secondsTimeout === null
      ? undefined
      : setTimeout(() => {
          isTimedOut = true;
          stop();
        }, secondsTimeout * 1000);
  const giveKeys = () => {
    for (let key = keys.take(); key !== null; key = keys.take()) bot.digit(key);
  };
  const stopListening = keys.onPress(giveKeys);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ending = bot.start(bots.parametersFor(step));
    giveKeys();
    if (signal.aborted) stop();
    const end = await ending;
    if (end.outcome === 'failed') return { ...endOf(end), branch: onFailed };
    return { ...(isTimedOut ? timedOut(end, secondsTimeout) : endOf(end)), branch: onClosed };
  } finally {
    clearTimeout(timer);
    stopListening();
    signal.removeEventListener('abort', stop);
  }
};

function endOf(end: BotEnd): StepEnd {
  const data = { ...end.figures };
  return end.outcome === 'failed'
    ? { outcome: 'failed', error: end.error, data }
    : { outcome: 'finished', error: null, data };
}

function timedOut({ figures }: BotEnd, seconds: number | null): StepEnd {
  const message = `the voice bot was stopped after ${seconds} s`;
  return { outcome: 'timeout', error: { code: 'STEP_TIMEOUT', message }, data: { ...figures } };
}
