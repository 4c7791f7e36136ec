import { buildEndedRecord, buildResult, callResultSchema, endedRecordSchema } from '@outdial/contract';
import { expect } from 'vitest';
import type { CallMachineEvent } from '../src/events.js';
import { type Effect, IDENTITY } from './call-under-test.js';

const PUBLISHING = ['publishResult', 'publishEnded'];
/** Each means that nothing is published from then on. */
const PUBLISHES_NOTHING = ['returnJob', 'discard'];
const RECORDING = [
  'recordCalling',
  'recordRinging',
  'recordNetworkTone',
  'recordAnswered',
  'recordVerdict',
  'recordRevisedVerdict',
  'recordWaitEnded',
  'recordStepStarted',
  'recordStepEnded',
  'recordCommandEnded',
];
const LISTENING = ['startDetector', 'startWait', 'recordWaitEnded', 'watchSilence', 'watchOwner'];
const ENDS_THE_LEG = ['rejected', 'hungUp', 'released', 'lost'];

/** Asserts what every call promises at any time, whatever has happened to it. */
export function expectPromisesKept(effects: readonly Effect[], events: readonly CallMachineEvent[]): void {
  const names: string[] = effects.map(({ name }) => name);
  const count = (name: string) => names.filter((other) => other === name).length;
  const indexOf = (name: string) => names.indexOf(name);

  for (const once of [
    'sendInvite',
    'cancelInvite',
    'hangUpLeg',
    'giveUpLeg',
    'connectMedia',
    'startDetector',
  ])
    expect(count(once), once).toBeLessThanOrEqual(1);
  for (const once of [
    'watchSilence',
    'recordAnswered',
    'recordVerdict',
    ...PUBLISHING,
    'returnJob',
    'discard',
  ])
    expect(count(once), once).toBeLessThanOrEqual(1);
  for (const needsInvite of ['cancelInvite', 'hangUpLeg', 'giveUpLeg', 'connectMedia'])
    if (count(needsInvite) > 0) expect(indexOf('sendInvite')).toBeGreaterThanOrEqual(0);
  if (count('hangUpLeg') > 0) expect(events.some(({ type }) => type === 'answered')).toBe(true);
  if (count('startDetector') > 0) expect(indexOf('startDetector')).toBeLessThan(indexOf('connectMedia'));
  if (count('stopListening') > 0) {
    const later = names.slice(indexOf('stopListening'));
    expect(later.filter((name) => LISTENING.includes(name))).toEqual([]);
  }
  for (const name of PUBLISHES_NOTHING.filter((each) => count(each) > 0)) {
    const later = names.slice(indexOf(name));
    expect(later.filter((name) => [...PUBLISHING, ...RECORDING].includes(name))).toEqual([]);
  }

  const result = effects.find(({ name }) => name === 'publishResult');
  const ended = effects.find(({ name }) => name === 'publishEnded');
  if (result?.name === 'publishResult') callResultSchema.parse(buildResult(IDENTITY, result.params));
  if (ended?.name === 'publishEnded') {
    endedRecordSchema.parse(buildEndedRecord(IDENTITY, ended.params));
    expect(indexOf('publishResult')).toBeGreaterThanOrEqual(0);
    expect(indexOf('publishResult')).toBeLessThan(indexOf('publishEnded'));
  }
}

/** Asserts what every call promises once it is over. */
export function expectPromisesKeptAtTheEnd(
  effects: readonly Effect[],
  events: readonly CallMachineEvent[],
): void {
  expectPromisesKept(effects, events);
  const names: string[] = effects.map(({ name }) => name);
  const count = (name: string) => names.filter((other) => other === name).length;

  const result = effects.find(({ name }) => name === 'publishResult');
  if (count('returnJob') === 1) {
    // Nobody may have been dialled.
    expect(events.some(({ type }) => type === 'invited' || type === 'answered')).toBe(false);
    expect(count('publishResult')).toBe(0);
  } else if (count('discard') === 0) {
    expect(count('publishResult')).toBe(1);
    const wasAnswered =
      result?.name === 'publishResult' && result.params.timings.answeredAt !== undefined ? 1 : 0;
    expect(count('publishEnded')).toBe(wasAnswered);
  }
  expect(count('stopListening')).toBe(count('recordAnswered'));
  expect(count('stopPlan')).toBe(count('runPlan'));
  expect(count('recordStepEnded')).toBe(count('recordStepStarted'));
  if (count('sendInvite') === 1) {
    const hasEnded = events.some(({ type }) => ENDS_THE_LEG.includes(type));
    expect(hasEnded || count('giveUpLeg') === 1, 'the leg is released or given up').toBe(true);
  }
}
