import { CREDENTIALS, DIRECTORY } from '@outdial/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const CALLER = '+441632960999';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  const { username, password } = CREDENTIALS;
  const trunks = [
    {
      name: 'lab',
      address: stack.callees.sipAddress,
      callerIds: [CALLER],
      credentials: { username, password },
    },
  ];
  await stack.startWorker({ telephony: { ...stack.configuration().telephony, trunks } });
});
afterAll(() => stack.close());

const callees = DIRECTORY.filter((callee) => callee.expected !== null);

describe('every callee of the lab, rung by its telephone number', () => {
  it.concurrent.each(callees)('$name ends as the directory says', async ({ number, expected }) => {
    const result = await stack.call({
      callTo: `tel:+${number}`,
      callFrom: CALLER,
      secondsTimeout: 8,
      liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT',
    });
    const { state, cause, farEndType, rawCause } = result;
    const sipStatus = expected?.sipStatus === null ? null : rawCause.sipStatus;
    expect({ state, cause, farEndType, sipStatus }).toEqual(expected);
  });
});
