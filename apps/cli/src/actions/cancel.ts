import { CallQueue, type CancelOutcome } from '@outdial/client';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import { withSession } from '../queue/session.js';
import { formatCause } from '../render/format.js';

export function cancel(id: string, { json }: JsonOption): Promise<ExitStatus> {
  return withSession(async ({ redis, prefix }) => {
    const output = openOutput({ json });
    const queue = new CallQueue({ redis, prefix });
    try {
      const outcome = await queue.cancel(id);
      await output.record({ id, ...outcome }, () => describe(id, outcome));
      return EXIT.ok;
    } finally {
      await queue.close();
    }
  });
}

function describe(id: string, outcome: CancelOutcome): string {
  switch (outcome.phase) {
    case 'waiting':
      return `${id} was waiting; it will not be dialled`;
    case 'ended':
      return `${id} had already ended: ${outcome.result.state}, ${formatCause(outcome.result)}`;
    default:
      return `${id} is ${outcome.phase}; worker ${outcome.workerId} will end it`;
  }
}
