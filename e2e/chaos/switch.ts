import { setTimeout as delay } from 'node:timers/promises';
import { type EngineAddress, startEngines } from '@outdial/testkit';
import { type EngineName, isOutOfReach, killAndRestart } from '../kill-engine.js';
import { PartProcess } from './part-process.js';

/** When a server was away, in epoch milliseconds: from before it was killed until it was started again. */
export interface Outage {
  fromMs: number;
  toMs: number;
}

/** The switch that the workers dial through. */
export interface Switch {
  readonly drachtio: EngineAddress;
  readonly freeswitch: EngineAddress;
  /** Kills one of its servers, and brings it back; resolves when it runs again. */
  readonly restart: Partial<Record<EngineName, (downMs: number) => Promise<Outage>>>;
  stop(): void;
}

/**
 * The servers that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name, else a lab's. Real ones are killed and
 * started again by the shell commands OUTDIAL_CHAOS_KILL_DRACHTIO and OUTDIAL_CHAOS_KILL_FREESWITCH, where given.
 */
export async function startSwitch(logFile: string): Promise<Switch> {
  const { env } = process;
  if (env.OUTDIAL_TEST_DRACHTIO !== undefined && env.OUTDIAL_TEST_FREESWITCH !== undefined) {
    const { drachtio, freeswitch } = await startEngines();
    const restart: Switch['restart'] = {};
    for (const engine of ['drachtio', 'freeswitch'] as const) {
      if (!isOutOfReach(engine)) restart[engine] = () => killAndRestartNow(engine);
    }
    return { drachtio, freeswitch, restart, stop: () => undefined };
  }
  const lab = new PartProcess('switch', logFile);
  const addresses = await lab.ask<{ drachtio: EngineAddress; freeswitch: EngineAddress }>('start');
  const restart = (engine: EngineName) => async (downMs: number) => {
    const fromMs = Date.now();
    await lab.ask('kill', engine);
    await delay(downMs);
    return { fromMs, toMs: await lab.ask<number>('restart', engine) };
  };
  return {
    ...addresses,
    restart: { drachtio: restart('drachtio'), freeswitch: restart('freeswitch') },
    stop: () => lab.end(),
  };
}

async function killAndRestartNow(engine: EngineName): Promise<Outage> {
  const fromMs = Date.now();
  await killAndRestart(engine);
  return { fromMs, toMs: Date.now() };
}
