import { setTimeout as delay } from 'node:timers/promises';
import { type ServerAddress, startServers } from '@outdial/testkit';
import { isOutOfReach, killAndRestart, type ServerName } from '../../support/kill-server.js';
import { PartProcess } from './part-process.js';

/** When a server was down, in epoch milliseconds: from before it was killed until it was started again. */
export interface Outage {
  fromMs: number;
  toMs: number;
}

/** The servers that the workers dial through. */
export interface NetworkServers {
  readonly drachtio: ServerAddress;
  readonly freeswitch: ServerAddress;
  /** Kills one of the servers and restarts it; resolves when it runs again. */
  readonly restart: Partial<Record<ServerName, (downMs: number) => Promise<Outage>>>;
  close(): void;
}

/**
 * The servers that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name, else a lab's. Real ones are killed
 * and started again by the shell commands OUTDIAL_CHAOS_KILL_DRACHTIO and OUTDIAL_CHAOS_KILL_FREESWITCH,
 * where given.
 */
export async function startNetworkServers(logFile: string): Promise<NetworkServers> {
  const { env } = process;
  if (env.OUTDIAL_TEST_DRACHTIO !== undefined && env.OUTDIAL_TEST_FREESWITCH !== undefined) {
    const { drachtio, freeswitch } = await startServers();
    const restart: NetworkServers['restart'] = {};
    for (const server of ['drachtio', 'freeswitch'] as const) {
      if (!isOutOfReach(server)) restart[server] = () => killAndRestartNow(server);
    }
    return { drachtio, freeswitch, restart, close: () => undefined };
  }
  const lab = new PartProcess('servers', logFile);
  const addresses = await lab.ask<{ drachtio: ServerAddress; freeswitch: ServerAddress }>('start');
  const restart = (server: ServerName) => async (downMs: number) => {
    const fromMs = Date.now();
    await lab.ask('kill', server);
    await delay(downMs);
    return { fromMs, toMs: await lab.ask<number>('restart', server) };
  };
  return {
    ...addresses,
    restart: { drachtio: restart('drachtio'), freeswitch: restart('freeswitch') },
    close: () => lab.close(),
  };
}

async function killAndRestartNow(server: ServerName): Promise<Outage> {
  const fromMs = Date.now();
  await killAndRestart(server);
  return { fromMs, toMs: Date.now() };
}
