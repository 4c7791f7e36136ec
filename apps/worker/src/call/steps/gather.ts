import { isValidEntry, listOfSources, type PlanStep } from '@outdial/contract';
import { playFailed, playSources } from './playing.js';
import { FINISHED, type StepContext, type StepEnd, type StepFunction } from './step.js';

type Gather = Extract<PlanStep, { step: 'gather' }>;
/** What was entered; null: no key was pressed. */
type Entry = string | null;

/**
 * Asks for keys until a valid entry comes or the tries are over, and leads to the branch of what came. When its prompt cannot
 * be played, nothing is asked: silence is no question.
 */
export const gather: StepFunction<'gather'> = async (step, context) => {
  for (let left = step.retries; ; left--) {
    const problem = await prompt(step, context);
    if (problem !== null) return problem;
    const entry = await collect(step, context);
    if (context.signal.aborted) return FINISHED;
    if (entry !== null && isValidEntry(step, entry)) return taken(step, entry);
    if (left === 0) return entry === null ? nothing(step) : invalid(step, entry);
    context.keys.forget();
  }
};

/** Plays the prompt until it has ended or a key is pressed; resolves with why it cannot be played, or null. */
async function prompt({ prompt: sources }: Gather, context: StepContext): Promise<StepEnd | null> {
  const { keys, signal } = context;
  if (!keys.isEmpty) return null;
  const stop = new AbortController();
  const cut = () => stop.abort();
  signal.addEventListener('abort', cut, { once: true });
  const stopListening = keys.onPress(cut);
  try {
    if (signal.aborted) cut();
    const end = await playSources({ sources: listOfSources(sources), loop: 1 }, context, stop.signal);
    return end.outcome === 'failed' ? playFailed(end) : null;
  } finally {
    stopListening();
    signal.removeEventListener('abort', cut);
  }
}

async function collect(step: Gather, { keys, signal }: StepContext): Promise<Entry> {
  const { maxDigits, finishKey, secondsTimeout, secondsBetweenDigits } = step;
  let entry = '';
  while (entry.length < maxDigits) {
    const seconds = entry === '' ? secondsTimeout : secondsBetweenDigits;
    const key = await keys.next(seconds * 1000, signal);
    if (key === null) return entry === '' ? null : entry;
    if (key === finishKey) return entry;
    entry += key;
  }
  if (maxDigits > 1 && finishKey !== null) keys.ignoreNext(finishKey, secondsBetweenDigits * 1000);
  return entry;
}

function taken({ into, branches }: Gather, digits: string): StepEnd {
  const data = into === undefined ? { digits } : { digits, into };
  return { ...FINISHED, data, branch: branches[digits] ?? branches.otherwise };
}

function nothing({ branches }: Gather): StepEnd {
  const error = { code: 'STEP_TIMEOUT', message: 'no key was pressed in time' };
  return { outcome: 'timeout', error, branch: branches.timeout };
}

function invalid({ branches }: Gather, digits: string): StepEnd {
  // The message goes into the log, where no digits belong.
  const error = { code: 'DIGITS_INVALID', message: 'the entry is none that the step takes' };
  return { outcome: 'failed', error, data: { digits }, branch: branches.invalid };
}
