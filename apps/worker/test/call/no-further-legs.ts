import { expect } from 'vitest';
import { ActiveBridge } from '../../src/call/legs/active-bridge.js';

/** What a plan whose steps dial nobody has for those that do. */
export function noFurtherLegs() {
  return {
    legs: { dial: () => expect.unreachable('no step dials') },
    activeBridge: new ActiveBridge(),
    callFrom: undefined,
  };
}

/** That call's part of its leg. */
export const bridgesNothing = {
  bridge: async () => 'there is nobody',
  unbridge: () => undefined,
  transfer: async () => ({ outcome: 'stopped' }) as const,
};
