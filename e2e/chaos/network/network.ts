import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallQueue } from '@outdial/client';
import { type IsHeldBy, type RedisServer, startRedis } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';
import { FaultLinks, openServerProxies } from '../../support/fault-links.js';
import { RecordingsLog } from '../evidence/recordings-log.js';
import { ResultsLog } from '../evidence/results-log.js';
import type { ChaosMedia, Schedule } from '../schedule/schedule.js';
import { PartProcess } from './part-process.js';
import { type NetworkServers, startNetworkServers } from './servers.js';
import { WorkerSlot } from './worker-slot.js';

/** Calls that each worker holds at a time. */
const CONCURRENCY = 40;

/** The parts of a run, each in a process of its own; queue and results belong to this process. */
export interface Network {
  /** Where the parts keep their logs; `calleesLog` is what the callees saw. */
  readonly directory: string;
  readonly calleesLog: string;
  readonly redis: RedisServer;
  readonly callees: PartProcess;
  readonly servers: NetworkServers;
  readonly slots: readonly WorkerSlot[];
  readonly queue: CallQueue;
  readonly results: ResultsLog;
  readonly recordings: RecordingsLog;
  /** Where the voice bots are. */
  readonly botsUrl: string;
  /** Ends every part; the logs go unless they are to be kept. */
  close(options: { keepLogs: boolean }): Promise<void>;
}

export async function startNetwork({ drainSeconds, workers }: Schedule, media: ChaosMedia): Promise<Network> {
  const directory = mkdtempSync(join(tmpdir(), 'outdial-chaos-'));
  const inDirectory = (name: string) => join(directory, name);
  const closers: Array<() => Promise<void> | void> = [];
  const close = async ({ keepLogs }: { keepLogs: boolean }) => {
    for (const closer of closers.splice(0).reverse()) await closer();
    if (!keepLogs) rmSync(directory, { recursive: true, force: true });
  };
  try {
    // Redis must lose nothing that it has acknowledged, so that any loss is ours.
    const redis = await startRedis({ appendOnly: true, args: ['--appendfsync', 'always'] });
    closers.push(() => redis.close());
    const callees = new PartProcess('callees', inDirectory('callees-process.log'));
    closers.push(() => callees.close());
    const calleesLog = inDirectory('callees.log');
    const calleesAddress = await callees.ask<string>('start', calleesLog);
    const servers = await startNetworkServers(inDirectory('servers.log'));
    closers.push(() => servers.close());
    const results = new ResultsLog(redis.url);
    closers.push(() => results.close());
    const recordings = new RecordingsLog(redis.url);
    closers.push(() => recordings.close());
    const bots = new PartProcess('bots', inDirectory('bots.log'));
    closers.push(() => bots.close());
    const botsUrl = await bots.ask<string>('start');
    const queue = new CallQueue({ redis: redis.url });
    closers.push(() => queue.close());

    const slots: WorkerSlot[] = [];
    const linksOf = (isHeldBy: IsHeldBy) => slots.find((slot) => slot.holds(isHeldBy))?.links ?? null;
    const proxies = await openServerProxies(servers, linksOf);
    closers.push(() => proxies.close());
    for (let index = 0; index < workers; index++) {
      const links = await FaultLinks.open({ host: '127.0.0.1', port: redis.port });
      const configure = (listenPort: number, advertisedPort: number): WorkerConfigurationInput => ({
        redis: { url: links.redisUrl },
        health: { port: 0 },
        lanes: { default: { concurrency: CONCURRENCY } },
        drainSeconds,
        telephony: {
          drachtio: [proxies.drachtio],
          media: media === 'mixed' ? (index % 2 === 0 ? 'worker' : 'freeswitch') : media,
          freeswitch: [{ ...proxies.freeswitch, listenPort, advertisedPort }],
          routes: [{ host: 'lab', address: calleesAddress }],
          allowedSipHosts: ['127.0.0.1'],
          recordings: { directory: inDirectory('recordings') },
          streams: { allowedHosts: ['127.0.0.1'] },
        },
      });
      slots.push(new WorkerSlot(links, { path: inDirectory(`worker-${index}`), configure }));
    }
    closers.push(async () => {
      await Promise.all(slots.map((slot) => slot.close()));
    });
    await Promise.all(slots.map((slot) => slot.start()));
    return {
      directory,
      calleesLog,
      redis,
      callees,
      servers,
      slots,
      queue,
      results,
      recordings,
      botsUrl,
      close,
    };
  } catch (error) {
    await close({ keepLogs: true });
    throw error;
  }
}
