import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { CancelWatch, Ledger, Outbox } from '@outdial/ledger';
import { Telephony } from '@outdial/telephony';
import type { Logger } from 'pino';
import { CallsUp } from './calls-up.js';
import { choresOf } from './chores.js';
import { CommandWatch } from './command-watch.js';
import type { WorkerConfiguration } from './configuration.js';
import { DialPreparation } from './dial-preparation.js';
import { Drain } from './drain.js';
import { HealthServer } from './health-server.js';
import { JobHandler } from './job-handler.js';
import type { LaneWorker } from './lane-worker.js';
import { openLanes } from './lanes.js';
import { createLogger } from './logger.js';
import { Membership } from './membership.js';
import { Metrics } from './metrics.js';
import { RedisConnections } from './redis-connections.js';
import { Takeover } from './takeover.js';
import { Teardown } from './teardown.js';
import { healthOf } from './worker-health.js';

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
 * Starts a worker. It rejects when Redis cannot be reached or the health port is taken, and leaves nothing behind
 * then; a drachtio or FreeSWITCH server that is down is waited for, and `/readyz` says so.
 */
export async function startWorker(
  configuration: WorkerConfiguration,
  { logger = createLogger(configuration.logLevel) }: { logger?: Logger } = {},
): Promise<OutdialWorker> {
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const ownLogger = logger.child({ workerId });
  const redis = new RedisConnections(configuration.redis.url, ownLogger);
  const teardown = new Teardown(ownLogger);
  try {
    return await start(configuration, { workerId, logger: ownLogger, redis, teardown });
  } catch (error) {
    await teardown.run();
    redis.cut();
    throw error;
  }
}

/** What a worker stands on, whatever becomes of its start. */
interface Ground {
  workerId: string;
  logger: Logger;
  redis: RedisConnections;
  teardown: Teardown;
}

async function start(
  configuration: WorkerConfiguration,
  { workerId, logger, redis, teardown }: Ground,
): Promise<OutdialWorker> {
  const { retention } = configuration;
  const { prefix } = configuration.redis;
  const { commands, subscriber } = redis;
  await redis.connect();
  const telephony = await Telephony.connect(configuration.telephony, { logger });
  teardown.add(() => telephony.close());

  const metrics = new Metrics();
  metrics.watchServers(() => telephony.servers());
  const calls = new CallsUp(metrics);
  const ledger = new Ledger(commands, {
    prefix,
    eventsMaxLength: retention.eventsMax,
    retention: { ageSeconds: retention.ageSeconds, count: retention.entriesMax },
    onUnreadable: (error) => logger.error({ err: error, jobId: error.jobId }, 'passed over'),
  });
  const outbox = new Outbox({ ledger, redis: commands, retention });
  const membership = new Membership({
    workerId,
    ledger,
    logger,
    ...configuration.heartbeat,
    onCancel: (jobId) => calls.cancel(jobId),
    onTakenOver: () => calls.loseClaims(),
  });
  const services = { ledger, outbox, telephony, logger, metrics, membership };
  const takeover = new Takeover(services);
  const handler = new JobHandler({
    ...services,
    calls,
    takeover,
    preparation: new DialPreparation(telephony, configuration.telephony),
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
    cutRedis: () => redis.cut(),
  });

  // A port that is taken is found out before the first heartbeat: nobody has heard of this worker yet.
  const checks = healthOf({ lanes, calls, redis: commands, membership, telephony, drain });
  const health = await HealthServer.start(configuration.health, checks, metrics);
  teardown.add(() => health.stop());
  await membership.start();
  teardown.add(() => membership.stop());
  const watch = { subscriber, workerId, prefix };
  const cancelWatch = new CancelWatch({ ...watch, onCancel: (jobId) => calls.cancel(jobId) });
  await cancelWatch.start();
  teardown.add(() => cancelWatch.stop());
  const commandWatch = new CommandWatch({
    ...watch,
    logger,
    onCommand: (command) => calls.command(command),
  });
  await commandWatch.start();
  teardown.add(() => commandWatch.stop());
  teardown.add(() => outbox.close());
  teardown.add(() => takeover.stop());
  const chores = choresOf({ ...services, takeover, calls });
  chores.start();
  teardown.add(() => chores.stop());
  lanes.push(...openLanes(configuration, { connection: commands, handler, logger }));

  const healthPort = health.port;
  logger.info({ healthPort, lanes: configuration.lanes }, 'worker started');
  return {
    workerId,
    healthPort,
    drain: () => drain.run(),
    hangUpNow: () => drain.hangUpNow(),
  };
}
