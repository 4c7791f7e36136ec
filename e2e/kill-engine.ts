import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Engines } from '@outdial/testkit';

export type EngineName = 'drachtio' | 'freeswitch';

const KILL_COMMANDS = {
  drachtio: process.env.OUTDIAL_CHAOS_KILL_DRACHTIO,
  freeswitch: process.env.OUTDIAL_CHAOS_KILL_FREESWITCH,
};

/** Whether the tests run on real servers, and nobody has said how to kill this one. */
export function isOutOfReach(engine: EngineName): boolean {
  return process.env.OUTDIAL_TEST_DRACHTIO !== undefined && !KILL_COMMANDS[engine];
}

/** Runs the shell command that kills a real server and starts it again. */
export async function killAndRestart(engine: EngineName): Promise<void> {
  const command = KILL_COMMANDS[engine] ?? 'false';
  const shell = spawn('sh', ['-c', command], { stdio: 'ignore' });
  const [status] = await once(shell, 'exit');
  if (status !== 0) throw new Error(`"${command}" ended with status ${status}`);
}

/**
 * Kills a server of the switch. The returned function resolves once it runs again: the lab's is started by it, a real
 * one is back as soon as its command has done that.
 */
export async function killEngine(engines: Engines, engine: EngineName): Promise<() => Promise<void>> {
  if (engines.lab !== null) {
    const server = engines.lab[engine];
    await server.kill();
    return () => server.restart();
  }
  const restarting = killAndRestart(engine);
  // Reported where it is waited for.
  restarting.catch(() => undefined);
  return () => restarting;
}
