import { loadWorkerConfiguration, type WorkerConfiguration } from '@outdial/worker';
import { workerEnvironment } from '../demo/worker-environment.js';
import { toErrorReport } from '../errors.js';
import { describeTarget } from '../queue/connection.js';
import { withSession } from '../queue/session.js';
import { type Check, failed, passed } from './check.js';
import { checkDrachtio } from './drachtio.js';
import { checkFreeswitch } from './freeswitch.js';
import { checkLanes } from './lanes.js';
import { promptFiles } from './prompt-files.js';
import { checkRedis } from './redis.js';
import { checkTrunks } from './trunks.js';
import { checkWorkerMedia, filesByMaker } from './worker-media.js';

/**
 * Runs the checks, in the order in which a call uses what is checked.
 * @param redisOnly only those that concern an app's host: Redis, the lanes and their workers
 */
export async function* runChecks({
  redisOnly,
}: {
  redisOnly: boolean;
}): AsyncGenerator<Check, void, undefined> {
  const queue = await checkQueue(redisOnly);
  yield* queue.checks;
  if (redisOnly) return;
  const configuration = checkConfiguration(workerEnvironment(process.env));
  yield configuration.check;
  if (configuration.value === null) return;
  const { drachtio, freeswitch, media } = configuration.value.telephony;
  yield* await Promise.all(drachtio.map(checkDrachtio));
  const { checks, publicTrunks } = await checkTrunks(configuration.value.telephony);
  yield* checks;
  const { workers, others } = filesByMaker(configuration.value.telephony, queue.promptFiles);
  if (media !== 'freeswitch')
    yield* await checkWorkerMedia(configuration.value.telephony, { promptFiles: workers, publicTrunks });
  if (media === 'worker') return;
  const demands = { promptFiles: others, publicTrunks };
  yield* (await Promise.all(freeswitch.map((server) => checkFreeswitch(server, demands)))).flat();
}

interface QueueChecks {
  checks: Check[];
  /** The files that waiting jobs play. */
  promptFiles: string[];
}

/** @param reportsConfiguration report an invalid configuration here, because no other check does */
async function checkQueue(reportsConfiguration: boolean): Promise<QueueChecks> {
  try {
    return await withSession(async (session) => ({
      checks: [
        passed('Redis', `answers at ${describeTarget(session)}, prefix ${session.prefix}`),
        ...(await checkRedis(session.redis)),
        ...(await checkLanes(session)),
      ],
      promptFiles: await promptFiles(session),
    }));
  } catch (error) {
    const { code, message } = toErrorReport(error);
    if (!reportsConfiguration && code === 'INVALID_CONFIGURATION' && process.env.OUTDIAL_CONFIG !== undefined)
      return { checks: [], promptFiles: [] };
    const remedy = 'start redis-server (6.2 or newer), or set OUTDIAL_REDIS_URL';
    return { checks: [failed('Redis', message, remedy)], promptFiles: [] };
  }
}

function checkConfiguration(env: NodeJS.ProcessEnv): {
  check: Check;
  value: WorkerConfiguration | null;
} {
  const source = env.OUTDIAL_CONFIG ?? 'the environment';
  try {
    const value = loadWorkerConfiguration(env);
    const { trunks, routes } = value.telephony;
    const names = trunks.map(({ name }) => name).join(', ');
    const found = `${source} is valid; trunks: ${names || 'none'}; routes: ${routes.map(({ host }) => host).join(', ') || 'none'}`;
    return { check: passed('configuration', found), value };
  } catch (error) {
    const remedy =
      'docs/configuration.md lists every field; at least OUTDIAL_DRACHTIO is needed, and OUTDIAL_FREESWITCH where FreeSWITCH is to make media (host:port:secret); "outdial lab" prints a configuration to start with; on the host of a campaign app, which has none, use --redis-only';
    return { check: failed('configuration', toErrorReport(error).message, remedy), value: null };
  }
}
