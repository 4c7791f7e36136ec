import { once } from 'node:events';
import { commandsChannel, ledgerKeys } from '@outdial/contract';
import { expect, it } from 'vitest';
import { useGateway } from '../support.js';

const PREFIX = '{outdial}';
const gateways = useGateway();

it('a command goes to the worker that holds the call, and one that is none is refused with its field', async () => {
  const gateway = await gateways.start();
  await gateways.redis.hset(ledgerKeys(PREFIX).call('job-1'), { worker: 'worker-1', phase: 'answered' });
  const worker = gateways.redis.duplicate();
  gateways.onEnd(async () => worker.disconnect());
  await worker.subscribe(commandsChannel(PREFIX, 'worker-1'));
  const tell = (command: object) =>
    gateways.ask(gateway, '/v1/calls/job-1/commands', { body: { commandId: 'tell-1', ...command } });
  for (const step of ['pauseRecording', 'resumeRecording']) {
    const told = once(worker, 'message');
    expect(await tell({ type: 'runBeside', step: { step } })).toMatchObject({ status: 202 });
    const [, message] = await told;
    const command = { type: 'runBeside', jobId: 'job-1', commandId: 'tell-1', step: { step } };
    expect(JSON.parse(message)).toEqual(command);
  }
  // It takes time, so that it has to take the place of what runs.
  const refused = await tell({ type: 'runBeside', step: { step: 'play', source: 'a.wav' } });
  expect(refused).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  expect(refused.body.issues).toMatchObject([{ path: 'step.step' }]);
});
