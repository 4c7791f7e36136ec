import { type Engines, type Sipp, type SippOptions, startEngines, startSipp } from '@outdial/testkit';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Telephony } from '../../src/telephony.js';
import { telephonyOn } from './dialling.js';

/** A switch for a whole test file, and callees and telephonies for each test, closed when it is over. */
export interface Network {
  readonly engines: Engines;
  callee(options: SippOptions): Promise<Sipp>;
  telephony(sipp: Sipp | null, overrides?: Parameters<typeof telephonyOn>[2]): Promise<Telephony>;
  /** Runs after the test, the latest first. */
  onEnd(close: () => Promise<void>): void;
}

/** Registers the hooks of a test file. */
export function useNetwork(): Network {
  let engines: Engines;
  const closing: Array<() => Promise<void>> = [];
  beforeAll(async () => {
    engines = await startEngines();
  });
  afterAll(() => engines.stop());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    get engines() {
      return engines;
    },
    async callee(options) {
      const sipp = await startSipp(options);
      closing.push(() => sipp.stop());
      return sipp;
    },
    async telephony(...args) {
      const made = await telephonyOn(engines, ...args);
      closing.push(() => made.close());
      return made;
    },
    onEnd: (close) => void closing.push(close),
  };
}
