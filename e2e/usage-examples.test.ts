import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callANumber } from '../examples/call-a-number.js';
import { detectAPerson } from '../examples/detect-a-person.js';
import { runACampaign } from '../examples/run-a-campaign.js';
import { Stack } from './stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  const trunks = [{ name: 'lab', address: stack.callees.sipAddress, callerIds: ['+441632960999'] }];
  await stack.startWorker({ telephony: { ...stack.configuration().telephony, trunks } });
});
afterAll(() => stack.stop());

describe('the usage examples', () => {
  it.each(['call-a-number', 'detect-a-person', 'run-a-campaign'])(
    '%s stands in the README as it is run here',
    (name) => {
      const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
      expect(read('README.md')).toContain(`\`\`\`ts\n${read(`examples/${name}.ts`)}\`\`\``);
    },
  );

  it('call a number that answers, and one that is busy', async () => {
    const from = '+441632960999';
    expect(await callANumber(stack.redis.url, 'tel:+441632960001', from)).toBe(
      'answered, then hung up: NORMAL',
    );
    expect(await callANumber(stack.redis.url, 'sip:busy@lab', from)).toBe('not answered: BUSY');
  });

  it('tell a person from an answering machine', async () => {
    expect(await detectAPerson(stack.redis.url, 'sip:human@lab')).toBe('answered by LIVE');
    expect(await detectAPerson(stack.redis.url, 'sip:voicemail@lab')).toBe('answered by ANSWER_MACHINE');
  });

  it('call the people of a campaign, and tell of each how it went', async () => {
    const patients = [
      { id: 'ann', phone: '+441632960001' },
      { id: 'bob', phone: '+441632960009' },
      { id: 'eve', phone: '+441632960005' },
    ];
    // The campaign takes its results itself, and those that earlier calls have left.
    await stack.inbox.close();
    const told: string[] = [];
    await runACampaign(stack.redis.url, patients, (line) => told.push(line));
    expect(told.filter((line) => line.startsWith('reminder-')).sort()).toEqual([
      'reminder-2026-11-23-ann: LIVE',
      'reminder-2026-11-23-bob: BUSY',
      'reminder-2026-11-23-eve: ANSWER_MACHINE',
    ]);
  });
});
