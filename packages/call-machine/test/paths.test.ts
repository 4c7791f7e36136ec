import { describe, expect, it } from 'vitest';
import { getNextTransitions, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { getAdjacencyMap, getShortestPaths, getSimplePaths } from 'xstate/graph';
import type { CallMachineEvent } from '../src/events.js';
import { callMachine } from '../src/machine.js';
import type { Ignores } from '../src/setup.js';
import type { CallTerms } from '../src/timers.js';
import {
  type Effect,
  EVERY_EVENT,
  HANGS_UP_EARLY,
  recordingEffects,
  SPEAKS_AT_ONCE,
  START,
  TERMS,
  WITH_LSD,
} from './call-under-test.js';
import { expectPromisesKept, expectPromisesKeptAtTheEnd } from './promises.js';

type Snapshot = SnapshotFrom<typeof callMachine>;
type Path = ReturnType<typeof getSimplePaths<typeof callMachine>>[number];

const EVENTS: CallMachineEvent[] = Object.values(EVERY_EVENT).flat();
/** What an app asks for may come at any moment, which would multiply the ways: it is left to the shortest ones, and to chance. */
const UNCOMMANDED = EVENTS.filter(
  ({ type }) => !/^(step(s|End|Beside)Requested|stepBesideEnded|owner(Seen|Lost))$/.test(type),
);
const KINDS_OF_CALL: [string, CallTerms][] = [
  ['without detection', TERMS],
  ['with detection', WITH_LSD],
  ['that is hung up on what is heard early', HANGS_UP_EARLY],
];

const inputFor = (terms: CallTerms) => ({
  terms,
  now: () => START,
  effects: recordingEffects().effects,
});

const optionsFor = (terms: CallTerms) => ({
  input: inputFor(terms),
  events: EVENTS,
  // The trace steers nothing: states that differ in it alone are one state to the walk.
  serializeState: ({ value }: Snapshot) => JSON.stringify(value),
});

/** Goes the path again, and collects what is done on it. Timers are told as events of their own. */
function follow(path: Path, terms: CallTerms) {
  let [snapshot] = initialTransition(callMachine, inputFor(terms));
  const effects: Effect[] = [];
  const events = path.steps.map(({ event }) => event as CallMachineEvent).slice(1);
  for (const event of events) {
    const [next, actions] = transition(callMachine, snapshot, event);
    snapshot = next;
    for (const { type, params } of actions)
      if (!type.startsWith('xstate.')) effects.push({ name: type, params } as Effect);
  }
  return { snapshot, effects, events };
}

/** It has so many ways to go that only the shortest ones are walked. */
const EVERY_KIND = [...KINDS_OF_CALL, ['that speaks at once, and has an app', SPEAKS_AT_ONCE] as const];

describe.each(KINDS_OF_CALL)('every path of a call %s', (_, terms) => {
  it('keeps the promises on the way, and all of them at its end', () => {
    const paths = getSimplePaths(callMachine, { ...optionsFor(terms), events: UNCOMMANDED });
    let finished = 0;
    for (const path of paths) {
      const { snapshot, effects, events } = follow(path, terms);
      expectPromisesKept(effects, events);
      if (snapshot.status !== 'done') continue;
      finished += 1;
      expectPromisesKeptAtTheEnd(effects, events);
    }
    expect(finished).toBeGreaterThan(300);
  });
});

describe.each(EVERY_KIND)('a call %s', (_, terms) => {
  it('keeps the promises on the shortest way to everything that a call can have gone through', () => {
    const { input } = optionsFor(terms);
    const serializeState = ({ value, context: { trace } }: Snapshot) =>
      JSON.stringify([
        value,
        { ...trace, steps: trace.steps.length > 0, earlyMedia: (trace.earlyMedia?.tones.length ?? 0) > 0 },
      ]);
    const paths = getShortestPaths(callMachine, { input, events: UNCOMMANDED, serializeState });
    expect(paths.length).toBeGreaterThan(200);
    for (const path of paths) {
      const { snapshot, effects, events: gone } = follow(path, terms);
      if (snapshot.status === 'done') expectPromisesKeptAtTheEnd(effects, gone);
      else expectPromisesKept(effects, gone);
    }
  });

  it('keeps the promises on the shortest way to every state, whatever an app asks for', () => {
    for (const path of getShortestPaths(callMachine, optionsFor(terms))) {
      const { snapshot, effects, events } = follow(path, terms);
      if (snapshot.status === 'done') expectPromisesKeptAtTheEnd(effects, events);
      else expectPromisesKept(effects, events);
    }
  });

  it('can always go on to the end', () => {
    for (const { state } of reachableStates(terms)) {
      const ends = getShortestPaths(callMachine, {
        ...optionsFor(terms),
        fromState: state,
        toState: (snapshot) => snapshot.status === 'done',
      });
      expect(ends, JSON.stringify(state.value)).not.toEqual([]);
    }
  });

  it('comes to its end by timers alone once it was dialled', () => {
    for (const { state } of reachableStates(terms)) {
      if (state.matches('idle')) continue;
      expect(afterItsTimers(state).status, JSON.stringify(state.value)).toBe('done');
    }
  });
});

describe.each(EVERY_KIND)('every event in every state of a call %s', (_, terms) => {
  it('is either handled or listed as meaningless there, with a reason', () => {
    for (const { state } of reachableStates(terms)) {
      const handled = new Set(getNextTransitions(state).map(({ eventType }) => eventType));
      for (const type of Object.keys(EVERY_EVENT) as CallMachineEvent['type'][]) {
        const reason = ignoredIn(state)[type];
        const where = `${type} in ${JSON.stringify(state.value)}`;
        expect(handled.has(type) ? 'handled' : reason === undefined ? 'forgotten' : 'listed', where).not.toBe(
          'forgotten',
        );
        expect(handled.has(type) && reason !== undefined, `${where} is handled and listed`).toBe(false);
      }
    }
  });

  it('is handled whatever it carries, and changes nothing where it is listed', () => {
    for (const { state } of reachableStates(terms)) {
      for (const event of EVENTS) {
        const isListed = ignoredIn(state)[event.type] !== undefined;
        const where = `${JSON.stringify(event)} in ${JSON.stringify(state.value)}`;
        expect(state.can(event), where).toBe(!isListed);
        if (!isListed) continue;
        const [next, actions] = transition(callMachine, state, event);
        expect(actions, where).toEqual([]);
        expect(next.value, where).toEqual(state.value);
        expect(next.context, where).toBe(state.context);
      }
    }
  });
});

/** Every state but the last, one snapshot of each. */
function reachableStates(terms: CallTerms): { state: Snapshot }[] {
  return Object.values(getAdjacencyMap(callMachine, optionsFor(terms))).filter(
    ({ state }) => state.status === 'active',
  );
}

function ignoredIn(state: Snapshot): Ignores {
  const metas = Object.values(state.getMeta()) as ({ ignores: Ignores } | undefined)[];
  return Object.assign({}, ...metas.map((meta) => meta?.ignores));
}

/** Where a call gets to when nothing comes but its timers, each once it is the only thing left to wait for. */
function afterItsTimers(state: Snapshot): Snapshot {
  let snapshot = state;
  for (let timers = 0; timers < 20 && snapshot.status === 'active'; timers += 1) {
    for (const { eventType } of getNextTransitions(snapshot)) {
      if (!eventType.startsWith('xstate.after.')) continue;
      [snapshot] = transition(callMachine, snapshot, { type: eventType } as unknown as CallMachineEvent);
      break;
    }
  }
  return snapshot;
}
