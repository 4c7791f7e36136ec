import { userInfo } from 'node:os';
import { ActivityLog, type ApiKey, ApiKeys, type Scope } from '@outdial/gateway/keys';
import { RedisAccess } from '@outdial/queue';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import { withSession } from '../queue/session.js';
import { type Column, table } from '../render/table.js';

export interface CreateKeyOptions extends JsonOption {
  scope: Scope[];
  lane?: string[];
  rate: number | 'none';
}

const COLUMNS: ReadonlyArray<Column<ApiKey>> = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'name', cell: ({ name }) => name, maxWidth: 40 },
  { title: 'scopes', cell: ({ scopes }) => scopes.join(', ') },
  { title: 'lanes', cell: ({ lanes }) => lanes?.join(', ') ?? 'all', maxWidth: 40 },
  {
    title: 'rate',
    cell: ({ requestsPerSecond: rate }) => (rate === null ? '-' : `${rate}/s`),
    align: 'right',
  },
  { title: 'created', cell: ({ createdAt }) => new Date(createdAt).toISOString() },
];

export function listKeys({ json }: JsonOption): Promise<ExitStatus> {
  return withKeys(async (keys) => {
    const output = openOutput({ json });
    const all = await keys.list();
    if (output.isJson) for (const key of all) await output.record(key, () => key.id);
    else if (all.length === 0) output.print('there are no keys; create one with "outdial keys create NAME"');
    else output.print(table(COLUMNS, all, { width: process.stdout.columns }).join('\n'));
  });
}

export function createKey(name: string, { json, scope, lane, rate }: CreateKeyOptions): Promise<ExitStatus> {
  return withKeys(async (keys, note) => {
    const output = openOutput({ json });
    const created = await keys.create({
      name,
      scopes: scope,
      lanes: lane ?? null,
      requestsPerSecond: rate === 'none' ? null : rate,
    });
    await note('createKey', created.key.id);
    await output.record(created, () => created.text);
    output.note('this is shown once; Redis has only a digest of it');
  });
}

export function revokeKey(id: string, { json }: JsonOption): Promise<ExitStatus> {
  return withKeys(async (keys, note) => {
    const output = openOutput({ json });
    const key = await keys.revoke(id);
    await note('revokeKey', id);
    await output.record(key, () => `key ${id} (${key.name}) is revoked`);
  });
}

type Note = (operation: string, target: string) => Promise<void>;

function withKeys(work: (keys: ApiKeys, note: Note) => Promise<void>): Promise<ExitStatus> {
  return withSession(async ({ redis, prefix }) => {
    const access = new RedisAccess({ redis, prefix });
    const activity = new ActivityLog(access);
    await work(new ApiKeys(access), (operation, target) =>
      activity.add('admin', { by: 'cli', name: userName(), address: '', operation, target, status: 0 }),
    );
    return EXIT.ok;
  });
}

/** Some containers run under a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
