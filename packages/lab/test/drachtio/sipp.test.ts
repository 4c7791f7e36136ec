import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { expect, test } from 'vitest';
import { connect, dial, startDrachtio } from './network.js';

const SCENARIO = fileURLToPath(new URL('scenarios/answers-until-hung-up.xml', import.meta.url));

interface Sipp {
  /** 0 when every call went as the scenario says. */
  readonly exited: Promise<number>;
}

async function startSipp(port: number, transport: 'udp' | 'tcp', calls: number): Promise<Sipp> {
  const options = ['-i', '127.0.0.1', '-p', `${port}`, '-t', transport === 'tcp' ? 't1' : 'u1', '-nostdin'];
  const limits = ['-m', `${calls}`, '-timeout', '20s', '-timeout_error'];
  const sipp = spawn('sipp', ['-sf', SCENARIO, ...options, ...limits], { stdio: 'ignore' });
  const exited = once(sipp, 'exit').then(([code]) => code as number);
  // SIPp does not say when it listens: the kernel's list of sockets does.
  const socket = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  while (!readFileSync(`/proc/net/${transport}`, 'utf8').includes(socket)) {
    if (sipp.exitCode !== null) throw new Error(`sipp ended before it listened, with ${sipp.exitCode}`);
    await delay(5);
  }
  return { exited };
}

test.each(['udp', 'tcp'] as const)('SIPp answers 30 calls over %s without a complaint', async (transport) => {
  const server = await startDrachtio();
  const srf = await connect(server);
  const port = await getPort({ host: '127.0.0.1' });
  const { exited } = await startSipp(port, transport, 30);
  const uri = `sip:sipp@127.0.0.1:${port};transport=${transport}`;
  const dialogs = await Promise.all(Array.from({ length: 30 }, () => dial(srf, uri).answered));
  await Promise.all(dialogs.map((dialog) => dialog.destroy()));
  expect(await exited).toBe(0);
  expect(server.counts).toMatchObject({ dialogs: 0, invites: 0 });
});
