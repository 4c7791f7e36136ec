import { randomUUID } from 'node:crypto';
import type { AuditReport, Outdial } from '@outdial/client';
import { gatewayKeys } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import type { Logger } from 'pino';
import { z } from 'zod';

/** Findings that are kept of a report. */
const FINDINGS_MAX = 1000;
/** How long a gateway that runs an audit may be silent before another may run one. */
const RUNNER_MS = 15_000;

/** zod: the latest report, and whether an audit runs. */
export const auditStateSchema = z.object({
  isRunning: z.boolean(),
  /** Null: no gateway has run one. */
  report: z
    .object({
      /** Whether no promise is broken. */
      ok: z.boolean(),
      /** The jobs that break one, up to a thousand. */
      findings: z.array(
        z.object({
          jobId: z.string(),
          lane: z.string().nullable(),
          code: z.string(),
          promise: z.number().int(),
          seen: z.string(),
          since: z.number().nullable(),
        }),
      ),
      /** How many findings there are of each code. */
      counts: z.record(z.string(), z.number()),
      compared: z.record(z.string(), z.number()),
      suspects: z.number().int(),
      graceMs: z.number(),
      startedAt: z.number(),
      elapsedMs: z.number(),
    })
    .nullable(),
});
export type AuditState = z.infer<typeof auditStateSchema>;

/** Audits that gateways run, one at a time over all of them. */
export class AuditRuns {
  readonly #access: RedisAccess;
  readonly #outdial: Pick<Outdial, 'audit'>;
  readonly #logger: Logger;
  readonly #names: ReturnType<typeof gatewayKeys>;
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;

  constructor({
    access,
    outdial,
    logger,
  }: { access: RedisAccess; outdial: Pick<Outdial, 'audit'>; logger: Logger }) {
    this.#access = access;
    this.#outdial = outdial;
    this.#logger = logger;
    this.#names = gatewayKeys(access.prefix);
  }

  async state(): Promise<AuditState> {
    const { auditReport, auditRunner } = this.#names;
    const [report, runner] = await this.#access.request('read the audit', (client) =>
      Promise.all([client.get(auditReport), client.get(auditRunner)]),
    );
    return { isRunning: runner !== null, report: report === null ? null : JSON.parse(report) };
  }

  /** Starts one, unless one runs. */
  async start(): Promise<void> {
    const token = randomUUID();
    const isOurs = await this.#access.request('start an audit', (client) =>
      client.set(this.#names.auditRunner, token, 'PX', RUNNER_MS, 'NX'),
    );
    if (isOurs === null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Ends the one that runs here. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the gateway stops'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { auditReport, auditRunner } = this.#names;
    const renewing = setInterval(() => {
      this.#access
        .request('renew the audit', (client) => client.pexpire(auditRunner, RUNNER_MS))
        .catch((error) => this.#logger.warn({ err: error }, 'audit'));
    }, RUNNER_MS / 3);
    try {
      const report = await this.#outdial.audit({ signal: this.#closing.signal });
      const kept: AuditReport = { ...report, findings: report.findings.slice(0, FINDINGS_MAX) };
      await this.#access.request('keep the report', (client) =>
        client.set(auditReport, JSON.stringify(kept)),
      );
    } catch (error) {
      this.#logger.warn({ err: error }, 'audit was not finished');
    } finally {
      clearInterval(renewing);
      await this.#access.request('end the audit', (client) => client.del(auditRunner)).catch(() => undefined);
    }
  }
}
