import { BLANK_AGENDA } from './agenda.js';
import { call } from './setup.js';
import { answered } from './states/answered.js';
import { dialling } from './states/dialling.js';
import { discarding, releasing } from './states/ending.js';
import { idle } from './states/idle.js';
import { DEFAULT_GUARDS } from './timers.js';
import { BLANK_TRACE } from './trace.js';

/**
 * The machine of one outbound call. It decides, and the `CallEffects` of its input act:
 * `createActor(callMachine, { input: { terms, now, effects } })`, then `dial`.
 *
 * The result is published where `idle` or `dialling` is left for the end, at the answer (without
 * detection), or where `listening` is left; the ended record where `answered` is left for `done`, or
 * `hangingUp`. None of these can be entered again, so each is published once because of where it stands.
 */
export const callMachine = call.createMachine({
  id: 'call',
  context: ({ input: { terms, now, effects, guards } }) => ({
    terms,
    now,
    effects,
    guards: { ...DEFAULT_GUARDS, ...guards },
    trace: BLANK_TRACE,
    agenda: BLANK_AGENDA,
  }),
  initial: 'idle',
  states: { idle, dialling, answered, releasing, discarding, done: { type: 'final' } },
});
