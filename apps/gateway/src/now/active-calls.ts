import type { CallStatus } from '@outdial/client';
import type { CallEvent } from '@outdial/contract';

type ActivePhase = 'calling' | 'ringing' | 'answered';

/** The calls that are up, with their lane and phase: the ledger's at first, and then as events tell. */
export class ActiveCalls {
  #calls = new Map<string, { lane: string; phase: ActivePhase }>();
  /** Events since the ledger was asked: its answer may be older than they are. */
  #since: CallEvent[] | null = null;

  apply(event: CallEvent): void {
    this.#since?.push(event);
    const { jobId, lane = '' } = event;
    const phase = phaseAfter(event);
    if (phase === 'over') this.#calls.delete(jobId);
    else if (phase !== null) this.#calls.set(jobId, { lane, phase });
  }

  /** Takes the place of what is known by what the ledger has. */
  async seed(read: () => Promise<CallStatus[]>): Promise<void> {
    this.#since = [];
    try {
      const calls = await read();
      this.#calls = new Map(
        calls.flatMap(({ id, lane, phase }) => (isActive(phase) ? [[id, { lane, phase }]] : [])),
      );
      for (const event of this.#since.splice(0)) this.apply(event);
    } finally {
      this.#since = null;
    }
  }

  /** How many are in which phase. `isWanted`: of which lanes. */
  counts(isWanted: (lane: string) => boolean): Record<ActivePhase, number> {
    const counts = { calling: 0, ringing: 0, answered: 0 };
    for (const { lane, phase } of this.#calls.values()) if (isWanted(lane)) counts[phase]++;
    return counts;
  }
}

function isActive(phase: CallStatus['phase']): phase is ActivePhase {
  return phase === 'calling' || phase === 'ringing' || phase === 'answered';
}

/** Null: the event does not tell. */
function phaseAfter(event: CallEvent): ActivePhase | 'over' | null {
  if (event.type === 'result') return event.result.state === 'ANSWERED' ? 'answered' : 'over';
  if (event.type === 'ended') return 'over';
  return event.type === 'calling' || event.type === 'ringing' || event.type === 'answered'
    ? event.type
    : null;
}
