import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { laneQueueName } from '@outdial/contract';
import { CancelWatch, Ledger, Outbox } from '@outdial/ledger';
import { Telephony } from '@outdial/telephony';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { WorkerConfiguration } from './configuration.js';
import { type HealthReport, HealthServer } from './health-server.js';
import { JobHandler } from './job-handler.js';
import { LaneWorker } from './lane-worker.js';
import { createLogger } from './logger.js';
import { Membership } from './membership.js';
import { Metrics } from './metrics.js';
import { Rounds } from './rounds.js';
import { Takeover } from './takeover.js';

/** A running worker. */
export interface OutdialWorker {
  readonly workerId: string;
  readonly healthPort: number;
  /**
   * Stops: takes no new job, lets calls go on for `drainSeconds`, then hangs them up and publishes their
   * results. Resolves with whether all is settled; what is not (Redis is away) is settled by another worker.
   */
  drain(): Promise<boolean>;
  /** Ends a drain's waiting: what is still up is hung up now. */
  hangUpNow(): void;
}

/**
 * Starts a worker. It rejects when Redis cannot be reached or the health port is taken; a drachtio or
 * FreeSWITCH server that is down is waited for, and `/readyz` says so.
 */
export async function startWorker(
  configuration: WorkerConfiguration,
  { logger = createLogger(configuration.logLevel) }: { logger?: Logger } = {},
): Promise<OutdialWorker> {
  const worker = new RunningWorker(configuration, logger);
  await worker.start();
  return worker;
}

/** BullMQ's own count of stalls must never fail a job: the ledger decides what becomes of it. */
const NO_STALL_LIMIT = Number.MAX_SAFE_INTEGER;
/** After a stop was asked for, hung up calls get so long to be released and published. */
const RELEASE_SECONDS = 45;
/** And the rest, which waits for Redis when that is away, so long. */
const CLOSE_SECONDS = 10;

class RunningWorker implements OutdialWorker {
  readonly workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly #configuration: WorkerConfiguration;
  readonly #logger: Logger;
  readonly #metrics = new Metrics();
  readonly #redis: Redis;
  /** A connection that listens takes no other commands. */
  readonly #subscriber: Redis;
  readonly #ledger: Ledger;
  readonly #outbox: Outbox;
  readonly #membership: Membership;
  readonly #lanes: LaneWorker[] = [];
  #telephony!: Telephony;
  #handler!: JobHandler;
  #takeover!: Takeover;
  #health!: HealthServer;
  #rounds!: Rounds;
  #cancelWatch!: CancelWatch;
  #drained: Promise<boolean> | null = null;
  #hangUpNow: () => void = () => undefined;

  constructor(configuration: WorkerConfiguration, logger: Logger) {
    const { redis, retention, heartbeat } = configuration;
    this.#configuration = configuration;
    this.#logger = logger.child({ workerId: this.workerId });
    // Commands wait for a Redis that is away, however long: what happened to a call must get written.
    this.#redis = new Redis(redis.url, {
      maxRetriesPerRequest: null,
      lazyConnect: true,
      // A master that became a replica keeps its connections; by name the new master is found.
      reconnectOnError: (error) => error.message.includes('READONLY'),
    });
    this.#subscriber = this.#redis.duplicate();
    for (const connection of [this.#redis, this.#subscriber]) {
      connection.on('error', (error) => this.#logger.warn({ err: error }, 'Redis'));
    }
    this.#ledger = new Ledger(this.#redis, {
      prefix: redis.prefix,
      eventsMaxLength: retention.eventsMax,
      retention: { ageSeconds: retention.ageSeconds },
    });
    this.#outbox = new Outbox({
      ledger: this.#ledger,
      redis: this.#redis,
      keepSeconds: retention.ageSeconds,
    });
    this.#membership = new Membership({
      workerId: this.workerId,
      ledger: this.#ledger,
      logger: this.#logger,
      ...heartbeat,
      onCancel: (jobId) => this.#handler.calls.get(jobId)?.cancel(),
      onTakenOver: () => {
        for (const call of this.#handler.calls.values()) call.loseClaim();
      },
    });
  }

  get healthPort(): number {
    return this.#health.port;
  }

  async start(): Promise<void> {
    const { telephony, redis, health } = this.#configuration;
    await this.#redis.connect();
    this.#telephony = await Telephony.connect(telephony, { logger: this.#logger });
    const services = {
      ledger: this.#ledger,
      outbox: this.#outbox,
      telephony: this.#telephony,
      logger: this.#logger,
      metrics: this.#metrics,
      membership: this.#membership,
      workerId: this.workerId,
    };
    this.#handler = new JobHandler(services);
    this.#takeover = new Takeover(services);
    this.#metrics.watchServers(() => this.#telephony.servers());
    await this.#membership.start();
    this.#cancelWatch = new CancelWatch({
      subscriber: this.#subscriber,
      workerId: this.workerId,
      prefix: redis.prefix,
      onCancel: (jobId) => this.#handler.calls.get(jobId)?.cancel(),
    });
    await this.#cancelWatch.start();
    this.#rounds = new Rounds(this.#logger, [
      { name: 'takeover', everyMs: 1000, round: () => this.#takeover.sweep() },
      { name: 'resume takeovers', everyMs: 3000, round: () => this.#takeover.resume() },
      { name: 'outbox', everyMs: 5000, round: () => this.#outbox.sweep() },
    ]);
    this.#rounds.start();
    this.#health = await HealthServer.start(
      health,
      { live: () => this.#live(), ready: () => this.#ready() },
      this.#metrics,
    );
    this.#openLanes();
    this.#logger.info({ healthPort: this.healthPort, lanes: this.#configuration.lanes }, 'worker started');
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  hangUpNow(): void {
    this.#hangUpNow();
  }

  #openLanes(): void {
    const { lanes, redis } = this.#configuration;
    for (const [lane, { concurrency }] of Object.entries(lanes)) {
      const worker = new LaneWorker(laneQueueName(lane), (job) => this.#handler.handle(job, lane), {
        connection: this.#redis,
        prefix: redis.prefix,
        concurrency,
        maxStalledCount: NO_STALL_LIMIT,
        // A job whose worker died before it claimed it is handed out anew after at most these two together. With
        // BullMQ's 30 s each its result could take a minute; being hasty harms nothing, since the ledger decides.
        lockDuration: 10_000,
        stalledInterval: 5000,
        // After a lost connection, in milliseconds; the default of 15 s would idle a worker that is back long since.
        runRetryDelay: 500,
      });
      worker.on('error', (error) => this.#logger.warn({ err: error, lane }, 'lane'));
      this.#lanes.push(worker);
    }
  }

  async #drain(): Promise<boolean> {
    const { drainSeconds } = this.#configuration;
    this.#logger.info({ drainSeconds, calls: this.#handler.calls.size }, 'draining');
    this.#handler.drain();
    const closed = Promise.all(this.#lanes.map((lane) => lane.close()));
    let isIdle = await this.#settledWithin(closed, drainSeconds, (stop) => {
      this.#hangUpNow = stop;
    });
    if (!isIdle) {
      this.#logger.info({ calls: this.#handler.calls.size }, 'hanging up');
      for (const call of this.#handler.calls.values()) call.expireDrain();
      isIdle = await this.#settledWithin(closed, RELEASE_SECONDS, () => undefined);
    }
    const isClosed = await this.#settledWithin(this.#close(), CLOSE_SECONDS, () => undefined);
    this.#subscriber.disconnect();
    this.#redis.disconnect();
    this.#logger.info({ isSettled: isIdle && isClosed }, 'stopped');
    return isIdle && isClosed;
  }

  /** Whether `work` settled within `seconds`, or before `stop` was called. */
  async #settledWithin(
    work: Promise<unknown>,
    seconds: number,
    onStop: (stop: () => void) => void,
  ): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), seconds * 1000);
      onStop(() => resolve(false));
    });
    const isSettled = await Promise.race([work.then(() => true), over]);
    clearTimeout(timer);
    return isSettled;
  }

  async #close(): Promise<void> {
    await this.#rounds.stop();
    await this.#takeover.stop();
    await this.#outbox.close();
    await this.#cancelWatch.stop();
    await this.#membership.stop();
    await this.#telephony.close();
    await this.#health.stop();
  }

  #live(): HealthReport {
    const isTaking = this.#drained !== null || this.#lanes.every((lane) => lane.isRunning());
    return { ok: isTaking, workerId: this.workerId, callsUp: this.#handler.calls.size };
  }

  #ready(): HealthReport {
    const servers = this.#telephony.servers();
    const redis = this.#redis.status === 'ready' && this.#membership.isLeaseLive();
    const isUp = (kind: string) => servers.some((server) => server.kind === kind && server.isUp);
    const isDraining = this.#drained !== null;
    return { ok: redis && isUp('drachtio') && isUp('freeswitch') && !isDraining, redis, isDraining, servers };
  }
}
