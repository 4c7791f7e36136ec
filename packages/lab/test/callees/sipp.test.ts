import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callees } from '../../src/callees/callees.js';

let callees: Callees;

beforeAll(async () => {
  callees = await Callees.start();
});

afterAll(() => callees.close());

/**
 * SIPp as the caller: makes `calls` calls, and fails (its exit status is not 0) unless every one went by its
 * scenario.
 */
async function sipp(
  scenario: string,
  callee: string,
  { calls, rate, tcp = false }: { calls: number; rate: number; tcp?: boolean },
): Promise<void> {
  for (let launch = 1; ; launch++) {
    try {
      return await launchSipp(scenario, callee, { calls, rate, tcp });
    } catch (error) {
      // Another process may take a port between our asking for a free one and SIPp's binding it.
      if (launch === 5 || !String((error as { stderr?: string }).stderr).includes('already in use'))
        throw error;
    }
  }
}

async function launchSipp(
  scenario: string,
  callee: string,
  { calls, rate, tcp }: { calls: number; rate: number; tcp: boolean },
): Promise<void> {
  const scenarioFile = fileURLToPath(new URL(`scenarios/${scenario}.xml`, import.meta.url));
  const port = await getPort({ host: '127.0.0.1' });
  const mediaPort = await getPort({ host: '127.0.0.1' });
  await promisify(execFile)('sipp', [
    callees.sipAddress,
    ...['-sf', scenarioFile, '-s', callee, '-m', String(calls), '-r', String(rate), '-l', String(calls)],
    ...['-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-mp', String(mediaPort)],
    ...['-t', tcp ? 't1' : 'u1', '-nostdin', '-timeout', '25', '-timeout_error', '-recv_timeout', '10000'],
  ]);
}

function logged(method: string, direction: 'in' | 'out'): number {
  return callees.log.requests(method, direction).length;
}

describe('with SIPp as the caller', () => {
  it.each([{ tcp: false }, { tcp: true }])(
    'people answer, speak the first common codec and are hung up on (TCP: $tcp)',
    async ({ tcp }) => {
      const [invites, byes] = [logged('INVITE', 'in'), logged('BYE', 'in')];
      await sipp('calls-a-person-then-hangs-up', 'human', { calls: 10, rate: 20, tcp });
      expect([logged('INVITE', 'in') - invites, logged('BYE', 'in') - byes]).toEqual([10, 10]);
      const peers = new Set(callees.log.entries.slice(-10).map(({ peer }) => peer.split(' ')[0]));
      expect([...peers]).toEqual([tcp ? 'tcp' : 'udp']);
      expect(callees.callCount).toBe(0);
    },
  );

  it('500 calls in a second are each answered and hung up on, by number', async () => {
    const byes = logged('BYE', 'out');
    await sipp('calls-and-is-hung-up-on', '+441632960018', { calls: 500, rate: 500 });
    expect(logged('BYE', 'out') - byes).toBe(500);
  });
});
