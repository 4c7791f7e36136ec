import type { CallJobInput, PlanStep } from '@outdial/contract';
import { join, recording, silence, tone } from '@outdial/testkit/sounds';
import type { Recordings } from './recordings.js';

const MESSAGE = 'tone_stream://%(600,0,620)';
export const MESSAGE_MS = 600;

const greeting = join(silence(300), recording('greeting').subarray(0, 5 * 8000));
/** From the answer to the end of the greeting. */
export const GREETING_MS = greeting.length / 8;
/**
 * From the answer until a message may be left after the beep of `voicemail`: half a second, the beep, and a
 * second.
 */
export const VOICEMAIL_READY_MS = GREETING_MS + 500 + 400 + 1000;

/** Answering machines as the callee `plays` them; each resolves with its address. */
export class AnsweringMachines {
  readonly #recordings: Recordings;

  constructor(recordings: Recordings) {
    this.#recordings = recordings;
  }

  voicemail(): Promise<string> {
    const sounds = join(greeting, silence(500), tone(400, 1000), silence(20_000));
    return this.#recordings.add('voicemail', sounds);
  }

  withoutBeep(): Promise<string> {
    return this.#recordings.add('without-beep', join(greeting, silence(20_000)));
  }

  /** Greets once, and hangs up. */
  short(): Promise<string> {
    return this.#recordings.add('short', greeting);
  }

  /** Greets for ever. */
  endless(): Promise<string> {
    return this.#recordings.add('endless', join(...Array.from({ length: 6 }, () => greeting)));
  }

  /** Sounds like a person until its beep. */
  lifelike(): Promise<string> {
    const hello = join(silence(400), recording('hello'));
    const sounds = join(hello, silence(2200), tone(500, 1400), silence(20_000));
    return this.#recordings.add('hello-then-beep', sounds);
  }
}

/** The call is classified, and leaves a message on a machine. */
export function leaveMessage(
  wait: Partial<Extract<PlanStep, { step: 'waitForAnswerMachine' }>> = {},
  source = MESSAGE,
): Pick<CallJobInput, 'liveSpeakerDetect' | 'onAnswered'> {
  return {
    liveSpeakerDetect: 'DEFAULT',
    onAnswered: {
      ANSWER_MACHINE: [
        { ...wait, step: 'waitForAnswerMachine' },
        { step: 'play', source },
        { step: 'hangUp' },
      ],
    },
  };
}
