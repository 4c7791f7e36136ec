import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { laneQueueName } from '@outdial/contract';
import { CancelWatch, Ledger, Outbox } from '@outdial/ledger';
import { Telephony } from '@outdial/telephony';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { CommandWatch } from './command-watch.js';
import type { WorkerConfiguration } from './configuration.js';
import { DialPreparation } from './dial-preparation.js';
import { Drain } from './drain.js';
import { type HealthReport, HealthServer } from './health-server.js';
import { JobHandler } from './job-handler.js';
import { LaneWorker } from './lane-worker.js';
import { createLogger } from './logger.js';
import { Membership } from './membership.js';
import { Metrics } from './metrics.js';
import { Rounds } from './rounds.js';
import { cut } from './stuck-connection.js';
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
  #commandWatch!: CommandWatch;
  readonly #drain: Drain;
  #drained: Promise<boolean> | null = null;

  constructor(configuration: WorkerConfiguration, logger: Logger) {
    const { redis, retention, heartbeat } = configuration;
    this.#configuration = configuration;
    this.#logger = logger.child({ workerId: this.workerId });
    // Commands wait for a Redis that is away, however long: what happened to a call must get written.
    this.#redis = new Redis(redis.url, {
      maxRetriesPerRequest: null,
      lazyConnect: true,
      // Milliseconds: a Redis that is back is found soon, before anybody is taken for lost.
      retryStrategy: (times) => Math.min(50 * times, 500),
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
      retention: { ageSeconds: retention.ageSeconds, count: retention.entriesMax },
    });
    this.#outbox = new Outbox({ ledger: this.#ledger, redis: this.#redis, retention });
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
    this.#drain = new Drain({
      logger: this.#logger,
      drainSeconds: configuration.drainSeconds,
      closeLanes: () => {
        this.#handler.drain();
        return Promise.all(this.#lanes.map((lane) => lane.close()));
      },
      settled: () => this.#handler.settled(),
      hangUp: () => {
        for (const call of this.#handler.calls.values()) call.expireDrain();
      },
      close: () => this.#close(),
      cutRedis: () => {
        for (const connection of [this.#redis, this.#subscriber]) cut(connection);
      },
    });
  }

  get healthPort(): number {
    return this.#health.port;
  }

  async start(): Promise<void> {
    const { telephony, redis, health, retention } = this.#configuration;
    await this.#redis.connect();
    this.#telephony = await Telephony.connect(telephony, { logger: this.#logger });
    const services = {
      ledger: this.#ledger,
      outbox: this.#outbox,
      telephony: this.#telephony,
      logger: this.#logger,
      metrics: this.#metrics,
      membership: this.#membership,
    };
    this.#takeover = new Takeover(services);
    this.#handler = new JobHandler({
      ...services,
      preparation: new DialPreparation(this.#telephony, telephony),
      takeover: this.#takeover,
      memoryMs: retention.ageSeconds * 1000,
    });
    this.#metrics.watchServers(() => this.#telephony.servers());
    await this.#membership.start();
    this.#cancelWatch = new CancelWatch({
      subscriber: this.#subscriber,
      workerId: this.workerId,
      prefix: redis.prefix,
      onCancel: (jobId) => this.#handler.calls.get(jobId)?.cancel(),
    });
    await this.#cancelWatch.start();
    this.#commandWatch = new CommandWatch({
      subscriber: this.#subscriber,
      workerId: this.workerId,
      prefix: redis.prefix,
      logger: this.#logger,
      onCommand: (command) => this.#handler.calls.get(command.jobId)?.requestWait(command),
    });
    await this.#commandWatch.start();
    this.#rounds = new Rounds(this.#logger, [
      { name: 'takeover', everyMs: 1000, round: () => this.#takeover.sweep() },
      { name: 'resume takeovers', everyMs: 3000, round: () => this.#takeover.resume() },
      { name: 'outbox', everyMs: 5000, round: () => this.#outbox.sweep() },
      { name: 'retention', everyMs: 60_000, round: () => this.#trim() },
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
    this.#drained ??= this.#drain.run();
    return this.#drained;
  }

  hangUpNow(): void {
    this.#drain.hangUpNow();
  }

  #openLanes(): void {
    const { lanes, redis, retention } = this.#configuration;
    const keep = { age: retention.ageSeconds, count: retention.jobsMax };
    for (const [lane, { concurrency }] of Object.entries(lanes)) {
      const worker = new LaneWorker(laneQueueName(lane), (job) => this.#handler.handle(job, lane), {
        connection: this.#redis,
        prefix: redis.prefix,
        concurrency,
        maxStalledCount: NO_STALL_LIMIT,
        // For jobs that were put into Redis without a retention of their own.
        removeOnComplete: keep,
        removeOnFail: keep,
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

  async #trim(): Promise<void> {
    await this.#ledger.trim();
    const { result, ended } = await this.#outbox.trim();
    if (result > 0)
      this.#logger.warn({ results: result }, 'results that nobody consumed are past their retention');
    if (ended > 0)
      this.#logger.info({ ended }, 'ended records that nobody consumed are past their retention');
  }

  /** Each step whatever became of those before. */
  async #close(): Promise<void> {
    const steps = [
      () => this.#rounds.stop(),
      () => this.#takeover.stop(),
      () => this.#outbox.close(),
      () => this.#cancelWatch.stop(),
      () => this.#commandWatch.stop(),
      () => this.#membership.stop(),
      () => this.#telephony.close(),
      () => this.#health.stop(),
    ];
    for (const step of steps) {
      await step().catch((error) => this.#logger.warn({ err: error }, 'a step of the end failed'));
    }
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
