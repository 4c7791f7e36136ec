import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Servers } from '@outdial/testkit';

export type ServerName = 'drachtio' | 'freeswitch';

const KILL_COMMANDS = {
  drachtio: process.env.OUTDIAL_CHAOS_KILL_DRACHTIO,
  freeswitch: process.env.OUTDIAL_CHAOS_KILL_FREESWITCH,
};

/** Whether the tests run on real servers and no command is given to kill this one. */
export function isOutOfReach(server: ServerName): boolean {
  return process.env.OUTDIAL_TEST_DRACHTIO !== undefined && !KILL_COMMANDS[server];
}

/** Runs the shell command that kills a real server and starts it again. */
export async function killAndRestart(server: ServerName): Promise<void> {
  const command = KILL_COMMANDS[server] ?? 'false';
  const shell = spawn('sh', ['-c', command], { stdio: 'ignore' });
  const [status] = await once(shell, 'exit');
  if (status !== 0) throw new Error(`"${command}" ended with status ${status}`);
}

/**
 * Kills a server. The returned function resolves once it runs again: it starts the lab's server; a real one
 * is started by the command itself.
 */
export async function killServer(servers: Servers, name: ServerName): Promise<() => Promise<void>> {
  if (servers.lab !== null) {
    const server = servers.lab[name];
    await server.kill();
    return () => server.restart();
  }
  const restarting = killAndRestart(name);
  // Errors are reported where the returned promise is awaited.
  restarting.catch(() => undefined);
  return () => restarting;
}
