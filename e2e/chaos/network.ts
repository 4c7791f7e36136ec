import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallQueue } from '@outdial/client';
import { type IsHeldBy, type RedisServer, startRedis } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';
import { layToSwitch, Wires } from '../wires.js';
import { PartProcess } from './part-process.js';
import { ResultsLog } from './results-log.js';
import type { Schedule } from './schedule.js';
import { type Switch, startSwitch } from './switch.js';
import { WorkerSlot } from './worker-slot.js';

/** Calls that each worker holds at a time. */
const CONCURRENCY = 40;

/** Everything that a run takes, each part a process of its own; queue and results are this process's. */
export interface Network {
  /** Where the parts keep their logs; `calleesLog` is what the callees saw. */
  readonly directory: string;
  readonly calleesLog: string;
  readonly redis: RedisServer;
  readonly callees: PartProcess;
  readonly switch: Switch;
  readonly slots: readonly WorkerSlot[];
  readonly queue: CallQueue;
  readonly results: ResultsLog;
  /** Ends every part; the logs go unless they are to be kept. */
  stop(options: { keepLogs: boolean }): Promise<void>;
}

export async function startNetwork({ drainSeconds, workers }: Schedule): Promise<Network> {
  const directory = mkdtempSync(join(tmpdir(), 'outdial-chaos-'));
  const inDirectory = (name: string) => join(directory, name);
  const stops: Array<() => Promise<void> | void> = [];
  const stop = async ({ keepLogs }: { keepLogs: boolean }) => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
    if (!keepLogs) rmSync(directory, { recursive: true, force: true });
  };
  try {
    // Of what Redis has said is done, nothing may be lost, so that whatever is lost is our doing.
    const redis = await startRedis({ appendOnly: true, args: ['--appendfsync', 'always'] });
    stops.push(() => redis.stop());
    const callees = new PartProcess('callees', inDirectory('callees-process.log'));
    stops.push(() => callees.end());
    const calleesLog = inDirectory('callees.log');
    const calleesAddress = await callees.ask<string>('start', calleesLog);
    const switch_ = await startSwitch(inDirectory('switch.log'));
    stops.push(() => switch_.stop());
    const results = new ResultsLog(redis.url);
    stops.push(() => results.close());
    const queue = new CallQueue({ redis: redis.url });
    stops.push(() => queue.close());

    const slots: WorkerSlot[] = [];
    const wiresOf = (isHeldBy: IsHeldBy) => slots.find((slot) => slot.holds(isHeldBy))?.wires ?? null;
    const cables = await layToSwitch(switch_, wiresOf);
    stops.push(() => cables.remove());
    for (let index = 0; index < workers; index++) {
      const wires = await Wires.lay({ host: '127.0.0.1', port: redis.port });
      const configure = (listenPort: number, advertisedPort: number): WorkerConfigurationInput => ({
        redis: { url: wires.redisUrl },
        health: { port: 0 },
        lanes: { default: { concurrency: CONCURRENCY } },
        drainSeconds,
        telephony: {
          drachtio: [cables.drachtio],
          freeswitch: [{ ...cables.freeswitch, listenPort, advertisedPort }],
          routes: [{ host: 'lab', address: calleesAddress }],
          allowedSipHosts: ['127.0.0.1'],
        },
      });
      slots.push(new WorkerSlot(wires, { path: inDirectory(`worker-${index}`), configure }));
    }
    stops.push(async () => {
      await Promise.all(slots.map((slot) => slot.end()));
    });
    await Promise.all(slots.map((slot) => slot.start()));
    return { directory, calleesLog, redis, callees, switch: switch_, slots, queue, results, stop };
  } catch (error) {
    await stop({ keepLogs: true });
    throw error;
  }
}
