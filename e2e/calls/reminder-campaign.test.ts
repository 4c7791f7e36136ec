import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CREDENTIALS, DIRECTORY, type DirectoryEntry } from '@outdial/lab';
import { formatWav } from '@outdial/lab/audio';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/remind-patients.mjs');
const PROMPTS = [
  'reminder',
  'see-you-there',
  'we-will-call-you-back',
  'no-more-calls',
  'good-bye',
  'message',
];
const CAMPAIGN = 'reminders';
const RECEPTION = 'sip:agent-leaves@lab';

let stack: Stack;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outdial-reminders-'));
  for (const name of PROMPTS) await writeFile(join(directory, `${name}.wav`), formatWav(tone(700, 440)));
  stack = await Stack.start({ withWorker: false });
  const credentials = { username: CREDENTIALS.username, password: CREDENTIALS.password };
  const trunks = [
    { name: 'lab', address: stack.callees.sipAddress, callerIds: ['+441632960999'], credentials },
  ];
  await stack.startWorker({ telephony: { ...stack.configuration().telephony, trunks } });
});
afterAll(async () => {
  await stack.close();
  await rm(directory, { recursive: true });
});

/** What the campaign makes of a callee. */
function outcomeOf({ name, expected }: DirectoryEntry): string {
  // It was answered, though not for long.
  if (name === 'hangs-up') return 'no choice';
  if (expected === null || expected.state !== 'ANSWERED') return expected?.cause ?? '';
  if (expected.farEndType === 'FAX_MACHINE') return 'fax';
  if (expected.farEndType === 'ANSWER_MACHINE') return 'message left';
  // An agent of the kind takes a call by the key 1.
  if (['presses-1', 'presses-by-info', 'presses-in-band', 'agent-accepts'].includes(name)) return 'confirmed';
  return { 'presses-2': 'reception', 'presses-9': 'opted out' }[name] ?? 'no choice';
}

it('the reminder campaign does with callees of every kind what it is for', async () => {
  // What `silent` is to a campaign `no-answer` is too, and its dial would hold the end of the stack up.
  const callees = DIRECTORY.filter(
    ({ name, number, expected }) => number !== null && expected !== null && name !== 'silent',
  );
  const patients = callees.map(({ name, number }) => ({ id: name, phone: `+${number}` }));
  const file = join(directory, 'patients.json');
  await writeFile(file, JSON.stringify(patients));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [EXAMPLE, CAMPAIGN, file, directory, RECEPTION],
    {
      cwd: ROOT,
      env: { ...process.env, OUTDIAL_REDIS_URL: stack.redis.url },
    },
  );
  const told = stdout.trimEnd().split('\n').toSorted();
  expect(told).toEqual(
    callees.map((callee) => `${CAMPAIGN}-${callee.name}: ${outcomeOf(callee)}`).toSorted(),
  );
  const { legs, steps } = (await stack.event(`${CAMPAIGN}-presses-2`, 'ended')).ended;
  expect(legs).toMatchObject([{ callTo: RECEPTION, state: 'ANSWERED', endedBy: 'AGENT' }]);
  expect(steps.map(({ step }) => step)).toEqual(['gather', 'bridge']);
});

it('is an example that is read in one go', async () => {
  const text = await readFile(EXAMPLE, 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
});
