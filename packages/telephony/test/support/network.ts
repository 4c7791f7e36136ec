import {
  type RawCall,
  RawCallee,
  type Script,
  type Servers,
  type Sipp,
  type SippOptions,
  startServers,
  startSipp,
} from '@outdial/testkit';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Telephony } from '../../src/telephony.js';
import { telephonyOn } from './dialling.js';

/** A switch for a whole test file, and callees and telephonies for each test, closed when it is over. */
export interface Network {
  readonly servers: Servers;
  callee(options: SippOptions): Promise<Sipp>;
  /** A callee that plays a script of its own, and a telephony with the host `callee` routed to it. */
  raw(script: Script, overrides?: Parameters<typeof telephonyOn>[2]): Promise<RawNetwork>;
  telephony(sipp: Sipp | null, overrides?: Parameters<typeof telephonyOn>[2]): Promise<Telephony>;
  /** Runs after the test, the latest first. */
  onEnd(close: () => Promise<void>): void;
}

export interface RawNetwork {
  readonly telephony: Telephony;
  /** `127.0.0.1:port` of the callee. */
  readonly address: string;
  /** The latest call that reached the callee. */
  call(): RawCall;
}

/** Registers the hooks of a test file. */
export function useNetwork(): Network {
  let servers: Servers;
  const closing: Array<() => Promise<void>> = [];
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    get servers() {
      return servers;
    },
    async callee(options) {
      const sipp = await startSipp(options);
      closing.push(() => sipp.close());
      return sipp;
    },
    async raw(script, overrides = {}) {
      const callee = await RawCallee.start(new Map([['someone', script]]));
      closing.push(async () => callee.stop());
      const routes = [{ host: 'callee', address: callee.address }];
      const telephony = await telephonyOn(servers, null, { routes, ...overrides });
      closing.push(() => telephony.close());
      return { telephony, address: callee.address, call: () => callee.calls.get('someone') as RawCall };
    },
    async telephony(...args) {
      const made = await telephonyOn(servers, ...args);
      closing.push(() => made.close());
      return made;
    },
    onEnd: (close) => void closing.push(close),
  };
}
