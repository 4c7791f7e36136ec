import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { NO_CAPTURE } from '@outdial/contract';
import { CancelSubscriber, Captures, Ledger, Outbox } from '@outdial/ledger';
import { LaneTurns, type LaneWorker, type WorkerConnections } from '@outdial/queue';
import { createLogger, redisAddress, Teardown } from '@outdial/service';
import { Telephony } from '@outdial/telephony';
import type { Logger } from 'pino';
import { ActiveCalls } from './call/active-calls.js';
import { CommandSubscriber } from './call/command-subscriber.js';
import { Membership } from './cluster/membership.js';
import { Takeover } from './cluster/takeover.js';
import type { WorkerConfiguration } from './config/configuration.js';
import { healthChecks } from './health/health-checks.js';
import { HealthServer } from './health/health-server.js';
import { ServerLog } from './health/server-log.js';
import { StatusReporter } from './health/status-reporter.js';
import { DialReservation } from './jobs/dial-reservation.js';
import { JobHandler } from './jobs/job-handler.js';
import { openLanes } from './jobs/open-lanes.js';
import { Drain } from './lifecycle/drain.js';
import { maintenanceTasks } from './lifecycle/maintenance.js';
import { sharedAbortController } from './lifecycle/shared-abort-controller.js';
import { Settlement } from './outcomes/settlement.js';
import { type Pace, Pacer } from './pace/pacer.js';
import { openRedisConnections } from './redis/redis-connections.js';
import { speechOf } from './speech/speech.js';
import { Metrics } from './telemetry/metrics.js';

/** A running worker. */
export interface OutdialWorker {
  readonly workerId: string;
  readonly healthPort: number;
  /**
   * Stops: takes no new job, lets calls go on for `drainSeconds`, then hangs them up and publishes their
   * results. Resolves with whether all is settled; what is not (Redis is away) another worker settles.
   */
  drain(): Promise<boolean>;
  /** Ends a drain's waiting: what is still up is hung up now. */
  hangUpNow(): void;
}

export interface WorkerOptions {
  /** Default: to standard error, at the configuration's `logLevel`. */
  logger?: Logger;
  /** The module that media threads run; default the media package's own. Another one is for tests. */
  mediaThread?: URL;
}

/**
 * Starts a worker. It rejects when Redis cannot be reached or the health port is taken, and leaves nothing behind
 * then; a drachtio or FreeSWITCH server that is down is waited for, and `/readyz` says so.
 */
export async function startWorker(
  configuration: WorkerConfiguration,
  { logger = createLogger(configuration.logLevel), mediaThread }: WorkerOptions = {},
): Promise<OutdialWorker> {
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const ownLogger = logger.child({ workerId });
  const redis = openRedisConnections(redisAddress(configuration.redis), ownLogger);
  const teardown = new Teardown(ownLogger);
  try {
    return await start(configuration, { workerId, logger: ownLogger, redis, teardown, mediaThread });
  } catch (error) {
    await teardown.run();
    redis.close();
    throw error;
  }
}

/** What exists before the start, and is closed when the start fails. */
interface StartContext {
  workerId: string;
  logger: Logger;
  redis: WorkerConnections;
  teardown: Teardown;
  mediaThread: URL | undefined;
}

async function start(
  configuration: WorkerConfiguration,
  { workerId, logger, redis, teardown, mediaThread }: StartContext,
): Promise<OutdialWorker> {
  const { retention } = configuration;
  /** Aborts when Redis is closed: no step against it is repeated from then on. */
  const redisClosed = sharedAbortController();
  const { prefix } = configuration.redis;
  const { commands, subscriber } = redis;
  await redis.connect();
  const speech = speechOf(configuration.speech, configuration.telephony);
  const telephony = await Telephony.connect(configuration.telephony, { logger, mediaThread });
  teardown.add('telephony', () => telephony.close());

  const metrics = new Metrics();
  metrics.watchServers(() => telephony.servers());
  const calls = new ActiveCalls(metrics);
  const ledger = new Ledger(commands, {
    prefix,
    eventsMaxLength: retention.eventsMax,
    retention: { ageSeconds: retention.ageSeconds, count: retention.entriesMax },
    onUnreadable: (error) =>
      logger.error({ err: error, jobId: error.jobId }, 'unreadable ledger entry skipped'),
  });
  const captures = new Captures(commands, prefix);
  const outbox = new Outbox({ ledger, redis: commands, retention });
  const membership = new Membership({
    workerId,
    ledger,
    logger,
    ...configuration.heartbeat,
    onCancel: (jobId) => calls.cancel(jobId),
    onTakenOver: () => calls.loseClaims(),
  });
  const services = { ledger, outbox, telephony, logger, metrics, membership, signal: redisClosed.signal };
  const takeover = new Takeover(services);
  const handler = new JobHandler({
    ...services,
    calls,
    keepCapture: (jobId, capture) => captures.keep(jobId, capture, retention.captureSeconds),
    captureOfLane: (lane) => configuration.lanes[lane]?.capture ?? NO_CAPTURE,
    recordingsDirectory: configuration.telephony.recordings.directory ?? null,
    speech,
    takeover,
    settlement: new Settlement(services),
    laneTurns: new LaneTurns(commands, prefix),
    reservation: new DialReservation(telephony, configuration.telephony),
  });
  const lanes: LaneWorker[] = [];
  const drain = new Drain({
    logger,
    drainSeconds: configuration.drainSeconds,
    closeLanes: () => {
      handler.drain();
      return Promise.all(lanes.map((lane) => lane.close()));
    },
    settled: () => handler.settled(),
    hangUp: () => calls.expireDrain(),
    unsettled: () => calls.jobIds,
    close: () => teardown.run(),
    closeRedis: () => {
      redisClosed.abort();
      redis.close();
    },
  });

  // Before the first heartbeat: when its port is taken, no other worker has heard of this one.
  let pace: () => Pace | null = () => null;
  const checks = healthChecks({
    lanes,
    pace: () => pace(),
    calls,
    redis: commands,
    membership,
    telephony,
    drain,
  });
  const health = await HealthServer.start(configuration.health, checks, metrics);
  teardown.add('health server', () => health.close());
  await membership.start();
  teardown.add('membership', () => membership.close());
  const subscription = { subscriber, workerId, prefix };
  const cancelSubscriber = new CancelSubscriber({
    ...subscription,
    onCancel: (jobId) => calls.cancel(jobId),
  });
  await cancelSubscriber.start();
  teardown.add('cancel subscriber', () => cancelSubscriber.close());
  const commandSubscriber = new CommandSubscriber({
    ...subscription,
    logger,
    onCommand: (command) => calls.command(command),
  });
  await commandSubscriber.start();
  teardown.add('command subscriber', () => commandSubscriber.close());
  teardown.add('outbox', () => outbox.close());
  teardown.add('takeover', () => takeover.close());
  const maintenance = maintenanceTasks({
    ...services,
    takeover,
    calls,
    serverLog: new ServerLog(() => telephony.servers(), logger),
    statusReporter: new StatusReporter({ ...services, drain, pace: () => pace() }),
  });
  maintenance.start();
  teardown.add('maintenance', () => maintenance.close());
  lanes.push(...openLanes(configuration, { connection: commands, handler, logger }));
  const pacer = new Pacer({
    lanes,
    takeMediaLoad: () => telephony.takeMediaLoad(),
    turnWaitMs: () => telephony.turnWaitMs(),
    logger,
    metrics,
  });
  pace = () => pacer.state;
  teardown.add('pacer', async () => pacer.close());

  const healthPort = health.port;
  logger.info({ healthPort, lanes: configuration.lanes }, 'worker started');
  return {
    workerId,
    healthPort,
    drain: () => drain.run(),
    hangUpNow: () => drain.hangUpNow(),
  };
}
