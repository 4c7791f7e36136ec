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
  const names = luaTable({
    workers: keys.workers,
    outbox: keys.outbox,
    finished: keys.finished,
    moments: keys.moments,
    events: eventsKey(prefix),
    index: keys.index,
    call: keys.call(''),
    workerCalls: keys.workerCalls(''),
    workerCancels: keys.workerCancels(''),
    labelOpen: keys.labelOpen(''),
    labelResults: keys.labelResults(''),
    laneRate: laneRateKey(prefix, ''),
    lane: `${prefix}:${laneQueueName('')}`,
  });
  const scripts = Object.entries(SCRIPTS).map(([name, lua]) => [name, `local NAMES = ${names}\n${lua}`]);
  return defineScripts(redis, {
    // The names in the scripts are those of this prefix.
    namespace: `outdial-ledger ${prefix}`,
    scripts: Object.fromEntries(scripts) as typeof SCRIPTS,
    keys: [keys.workers],
  });
}

/** A table of strings as Lua writes it. */
function luaTable(strings: Readonly<Record<string, string>>): string {
  const fields = Object.entries(strings).map(([name, value]) => `${name} = ${luaString(value)}`);
  return `{${fields.join(', ')}}`;
}

/** A string as Lua writes it: every byte that might mean something there by its number. */
function luaString(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w:{}-]/.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  });
  return `'${bytes.join('')}'`;
}
