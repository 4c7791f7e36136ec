import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sharedAbortController } from '../../src/lifecycle/shared-abort-controller.js';

it('a shared signal has any number of listeners without a warning of Node', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  const { signal } = sharedAbortController();
  for (let i = 0; i < 100; i++) signal.addEventListener('abort', () => undefined);
  await nextTurn();
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
