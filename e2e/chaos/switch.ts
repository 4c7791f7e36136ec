import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type EngineAddress, startEngines } from '@outdial/testkit';
import { PartProcess } from './part-process.js';

export type EngineName = 'drachtio' | 'freeswitch';

/** The switch that the workers dial through. */
export interface Switch {
  readonly drachtio: EngineAddress;
  readonly freeswitch: EngineAddress;
  /** Kills one of its servers, and brings it back; resolves when it runs again. */
  readonly restart: Partial<Record<EngineName, (downMs: number) => Promise<void>>>;
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
    const { OUTDIAL_CHAOS_KILL_DRACHTIO, OUTDIAL_CHAOS_KILL_FREESWITCH } = env;
    if (OUTDIAL_CHAOS_KILL_DRACHTIO) restart.drachtio = () => run(OUTDIAL_CHAOS_KILL_DRACHTIO);
    if (OUTDIAL_CHAOS_KILL_FREESWITCH) restart.freeswitch = () => run(OUTDIAL_CHAOS_KILL_FREESWITCH);
    return { drachtio, freeswitch, restart, stop: () => undefined };
  }
  const lab = new PartProcess('switch', logFile);
  const addresses = await lab.ask<{ drachtio: EngineAddress; freeswitch: EngineAddress }>('start');
  const restart = (engine: EngineName) => async (downMs: number) => {
    await lab.ask('kill', engine);
    await delay(downMs);
    await lab.ask('restart', engine);
  };
  return {
    ...addresses,
    restart: { drachtio: restart('drachtio'), freeswitch: restart('freeswitch') },
    stop: () => lab.end(),
  };
}

async function run(command: string): Promise<void> {
  const shell = spawn('sh', ['-c', command], { stdio: 'ignore' });
  const [status] = await once(shell, 'exit');
  if (status !== 0) throw new Error(`"${command}" ended with status ${status}`);
}
