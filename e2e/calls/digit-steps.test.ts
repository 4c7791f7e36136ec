import type { CallEvent } from '@outdial/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const DIGITS = '4*07#';
/** What each callee has heard. */
const heard = new Map<string, string>();

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    scripts: {
      'listens-to-events': async (call) => {
        await call.answer();
        heard.set('listens-to-events', await call.hearDigits(DIGITS.length));
        await call.untilOver();
      },
      'listens-to-info': async (call) => {
        call.refuseEvents();
        await call.answer();
        heard.set('listens-to-info', await call.hearDigits(DIGITS.length));
        await call.untilOver();
      },
    },
  });
});
afterAll(() => stack.close());

describe('digits that are sent', () => {
  it.concurrent.each(['listens-to-events', 'listens-to-info'])(
    'are what the callee that %s hears',
    async (callee) => {
      const { id } = await stack.queue.add({
        callTo: `sip:${callee}@lab`,
        onAnswered: { otherwise: [{ step: 'sendDigits', digits: DIGITS, millisecondsDuration: 80 }] },
      });
      const { ended } = await stack.event(id, 'ended');
      expect(ended.steps).toMatchObject([{ step: 'sendDigits', outcome: 'finished', error: null }]);
      expect(heard.get(callee)).toBe(DIGITS);
    },
  );
});

it('a notify is an event with its data', async () => {
  const { id } = await stack.queue.add({
    callTo: 'sip:human@lab',
    onAnswered: { otherwise: [{ step: 'notify', name: 'confirmed', data: { by: 'key', tries: [1] } }] },
  });
  const events: CallEvent[] = await stack.eventsOf(id);
  const notified = events.filter(({ type }) => type === 'notified');
  expect(notified).toMatchObject([{ jobId: id, name: 'confirmed', data: { by: 'key', tries: [1] } }]);
});
