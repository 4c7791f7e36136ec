import { eventsKey, laneQueueName, laneRateKey, ledgerKeys } from '@outdial/contract';
import { defineScripts, type RedisClient, type RunScript, readScripts } from '@outdial/queue';

const SCRIPTS = readScripts(new URL('./lua/', import.meta.url), {
  common: 'common',
  files: {
    claim: 'call/claim',
    claimLeg: 'call/claim-leg',
    unclaim: 'call/unclaim',
    record: 'call/record',
    settle: 'call/settle',
    end: 'call/end',
    release: 'call/release',
    requestCancel: 'call/request-cancel',
    heartbeat: 'worker/heartbeat',
    retire: 'worker/retire',
    lostWorkers: 'worker/lost-workers',
    takeOver: 'worker/take-over',
    leave: 'worker/leave',
    unpublished: 'outbox/unpublished',
    markPublished: 'outbox/mark-published',
    trim: 'outbox/trim',
    openLabel: 'label/open',
    countLabel: 'label/count',
    activeOfLabel: 'label/active',
    searchIndex: 'index/search',
    eventsOf: 'index/events-of',
  },
});
export type ScriptName = keyof typeof SCRIPTS;
export type RunLedgerScript = RunScript<ScriptName>;

/** Defines the ledger's scripts on a connection. */
export function defineLedgerScripts(redis: RedisClient, prefix: string): RunLedgerScript {
  const keys = ledgerKeys(prefix);
  return defineScripts(redis, {
    namespace: 'outdial-ledger',
    scripts: SCRIPTS,
    // In the order of lua/common.lua.
    keys: [
      ...[keys.workers, keys.outbox, keys.finished, keys.moments, eventsKey(prefix)],
      ...[keys.call(''), keys.workerCalls(''), keys.workerCancels('')],
      ...[keys.labelOpen(''), keys.labelResults('')],
      ...[laneRateKey(prefix, ''), `${prefix}:${laneQueueName('')}`],
      keys.index,
    ],
  });
}
