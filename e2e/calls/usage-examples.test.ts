import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CallEvents } from '@outdial/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const ROOT = new URL('../../', import.meta.url);
const EXAMPLES = ['call-a-number', 'detect-a-person', 'run-a-campaign', 'save-results'] as const;
type Example = (typeof EXAMPLES)[number];

let stack: Stack;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'outdial-examples-'));
  stack = await Stack.start({ withWorker: false });
  const trunks = [{ name: 'lab', address: stack.callees.sipAddress, callerIds: ['+441632960999'] }];
  await stack.startWorker({ telephony: { ...stack.configuration().telephony, trunks } });
});
afterAll(async () => {
  await stack.close();
  rmSync(directory, { recursive: true });
});

const fileOf = (example: Example) => fileURLToPath(new URL(`examples/${example}.mjs`, ROOT));
const environment = () => ({ ...process.env, OUTDIAL_REDIS_URL: stack.redis.url });

/** Runs an example as the README says, and returns the lines that it prints. */
async function run(example: Example, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileOf(example), ...args], {
    cwd: fileURLToPath(ROOT),
    env: environment(),
  });
  return stdout.trimEnd().split('\n');
}

/** How often each job was dialled. */
async function dials(): Promise<Record<string, number>> {
  const events = new CallEvents({ redis: stack.redis.url });
  const last = await events.lastId();
  const counts: Record<string, number> = {};
  for await (const { id, event } of events.follow({ from: '0' })) {
    if (event.type === 'calling') counts[event.jobId] = (counts[event.jobId] ?? 0) + 1;
    if (id === last) break;
  }
  await events.close();
  return counts;
}

describe('the usage examples', () => {
  it.each(EXAMPLES)('%s is in the README as it is run here', (example) => {
    const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
    expect(readme).toContain(`\`\`\`js\n${readFileSync(fileOf(example), 'utf8')}\`\`\``);
  });

  it('call a number that answers, and one that is busy', async () => {
    const from = '+441632960999';
    expect(await run('call-a-number', 'tel:+441632960001', from)).toEqual(['answered, then hung up: NORMAL']);
    expect(await run('call-a-number', 'sip:busy@lab', from)).toEqual(['not answered: BUSY']);
  });

  it('tell a person from an answering machine', async () => {
    expect(await run('detect-a-person', 'sip:human@lab')).toEqual(['answered by LIVE']);
    expect(await run('detect-a-person', 'sip:voicemail@lab')).toEqual(['answered by ANSWER_MACHINE']);
  });

  it('run a campaign, by two people at once and again later, and dial each patient once', async () => {
    const campaign = 'reminders-2026-11-23';
    const told = ['ann: LIVE', 'bob: BUSY', 'eve: ANSWER_MACHINE'].map((line) => `${campaign}-${line}`);
    const once = () => run('run-a-campaign', campaign, 'examples/patients.json');
    for (const lines of await Promise.all([once(), once()])) expect(lines.toSorted()).toEqual(told);
    expect((await once()).toSorted()).toEqual(told);
    const counts = Object.entries(await dials()).filter(([id]) => id.startsWith(campaign));
    expect(counts.map(([, times]) => times)).toEqual([1, 1, 1]);
  });

  it('save the results of a campaign, each once, and leave those of other jobs alone', async () => {
    const campaign = 'saved-campaign';
    await run('run-a-campaign', campaign, 'examples/patients.json');
    const file = join(directory, 'results.jsonl');
    const savers = [1, 2].map(() =>
      spawn(process.execPath, [fileOf('save-results'), campaign, file], { env: environment() }),
    );
    const saved = () =>
      readFileSync(file, { encoding: 'utf8', flag: 'a+' })
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    await expect.poll(() => saved().length, { timeout: 20_000 }).toBe(3);
    const exits = savers.map((saver) => once(saver, 'exit'));
    for (const saver of savers) saver.kill('SIGINT');
    await Promise.all(exits);
    expect(
      saved()
        .map(({ jobId, resultsQueue }) => `${resultsQueue}: ${jobId}`)
        .sort(),
    ).toEqual([
      'saved-campaign: saved-campaign-ann',
      'saved-campaign: saved-campaign-bob',
      'saved-campaign: saved-campaign-eve',
    ]);
  });
});
