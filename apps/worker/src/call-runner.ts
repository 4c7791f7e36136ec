import { type CallMachineEvent, type CallTrace, callMachine } from '@outdial/call-machine';
import type { CallCommand, CallJob, OutdialError } from '@outdial/contract';
import type { PreparedDial } from '@outdial/telephony';
import { type Actor, createActor } from 'xstate';
import { CallJournal, type JournalServices } from './call-journal.js';
import { CallLine } from './call-line.js';
import { CallReport } from './call-report.js';
import { knownFacts } from './known-facts.js';
import { knownWhereabouts } from './whereabouts.js';

/** A call that may be dialled: its job, its reserved leg, and the ledger's claim. */
export interface ClaimedCall {
  job: CallJob;
  prepared: PreparedDial;
  token: string;
  workerId: string;
  enqueuedAt: number;
  /** Asked once more just before the INVITE leaves. */
  mayDial: () => boolean;
}

/**
 * Runs one call: has the machine's decisions carried out by the line and by the report, and feeds what happens back
 * to it.
 */
export class CallRunner {
  readonly #journal: CallJournal;
  readonly #report: CallReport;
  readonly #line: CallLine;
  readonly #actor: Actor<typeof callMachine>;

  constructor(
    { job, prepared, token, workerId, enqueuedAt, mayDial }: ClaimedCall,
    services: JournalServices,
  ) {
    const { whereabouts } = prepared;
    const { callId, trunk } = whereabouts;
    const logger = services.logger.child({ jobId: job.id, callId });
    const { id: jobId, callTo, callFrom = null, lane, metadata } = job;
    const identity = { jobId, callId, callTo, callFrom, lane, trunk, workerId, metadata, enqueuedAt };
    this.#journal = new CallJournal(
      { ...services, logger },
      {
        claim: { jobId, workerId, job, token, whereabouts: knownWhereabouts(whereabouts) },
        factsNow: () => knownFacts(this.#trace, enqueuedAt),
        isGone: () => this.#line.isGone,
        onClaimLost: () => this.loseClaim(),
      },
    );
    this.#report = new CallReport(identity, whereabouts, { journal: this.#journal, logger });
    this.#line = new CallLine({ job, prepared, mayDial, logger, tell: (event) => this.#tell(event) });
    const effects = { ...this.#line.effects, ...this.#report.effects };
    this.#actor = createActor(callMachine, { input: { terms: job, now: Date.now, effects } });
  }

  /**
   * Dials; resolves when the call has ended and everything about it is written and published. With an error: no INVITE
   * left, so nothing is published, and the job may be tried again.
   */
  async run(): Promise<OutdialError | null> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#actor.subscribe({ complete: resolve, error: reject });
    });
    this.#actor.start();
    this.#actor.send({ type: 'dial' });
    await finished;
    await this.#journal.written();
    await this.#line.planEnded();
    return this.#report.notSent;
  }

  /**
   * Resolves once nothing of a call that has run is up, and the ledger says so. That is at once as a rule; a call whose switch
   * was lost has ended, and may be up until the switch is back. Until then another worker takes it over if this one is lost.
   */
  async released(): Promise<void> {
    if (this.#report.notSent !== null || !(await this.#line.untilGone())) return;
    this.#journal.release();
    await this.#journal.written();
  }

  /** Whether the call had to be let go of: nothing of it was published here. */
  get isClaimLost(): boolean {
    return !this.#journal.isOurs;
  }

  /** The ledger does not show the call among this worker's. */
  confirmClaim(): void {
    this.#journal.confirm();
  }

  /** The campaign wants the call gone. */
  cancel(): void {
    this.#tell({ type: 'cancelRequested' });
  }

  /** The campaign wants to know when it may speak to an answering machine. May be asked again. */
  requestWait({ waitId, parameters }: CallCommand): void {
    this.#tell({ type: 'waitRequested', waitId, parameters });
  }

  /** The worker stops, and the time to drain is over. */
  expireDrain(): void {
    this.#tell({ type: 'drainExpired' });
  }

  /** Another worker owns the call now. */
  loseClaim(): void {
    this.#tell({ type: 'claimLost' });
  }

  get #trace(): CallTrace {
    return this.#actor.getSnapshot().context.trace;
  }

  /** What comes after the machine is done is old news: a timer, a cancel that crossed the end. */
  #tell(event: CallMachineEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }
}
