import type { Redis } from 'ioredis';

/** The keys of a ledger with their contents, so that a state can be returned to. Streams are left out. */
export type Snapshot = Array<[key: string, type: 'hash' | 'zset' | 'set', content: string[]]>;

const TAKE = `
local all = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local type = redis.call('TYPE', key).ok
  local content
  if type == 'hash' then content = redis.call('HGETALL', key)
  elseif type == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  elseif type == 'set' then content = redis.call('SMEMBERS', key) end
  if content then all[#all + 1] = {key, type, content} end
end
return all
`;

export async function takeSnapshot(redis: Redis, prefix: string): Promise<Snapshot> {
  const all = (await redis.eval(TAKE, 0, `${prefix}:*`)) as Snapshot;
  return sorted(all);
}

function sorted(snapshot: Snapshot): Snapshot {
  return snapshot
    .map(([key, type, content]): Snapshot[number] => [key, type, inOrder(type, content)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Hashes and sets have no order of their own. */
function inOrder(type: string, content: string[]): string[] {
  if (type === 'set') return content.sort();
  const fields = content.flatMap((field, i) => (i % 2 === 0 ? [[field, content[i + 1] as string]] : []));
  return fields.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).flat();
}

export async function restore(redis: Redis, snapshot: Snapshot): Promise<void> {
  const pipeline = redis.pipeline().flushdb();
  for (const [key, type, content] of snapshot) {
    if (type === 'hash') pipeline.hset(key, ...content);
    if (type === 'set') pipeline.sadd(key, ...content);
    // A range with scores has the member first, ZADD wants the score first.
    if (type === 'zset')
      pipeline.zadd(key, ...content.map((_, i) => content[i % 2 === 0 ? i + 1 : i - 1] as string));
  }
  await pipeline.exec();
}

/** What makes two states the same: all but the time, the names of tokens, and which of two workers is which. */
export function fingerprint(snapshot: Snapshot, world: { actors: object; leaseLost: string[] }): string {
  const swap = (text: string) => text.replaceAll(/\bw([12])\b/g, (_, digit) => (digit === '1' ? 'w2' : 'w1'));
  const state = JSON.stringify([snapshot, world]).replaceAll(/\b1[789]\d{11}\b/g, 'now');
  return [state, swap(state)]
    .map((text) => withNamedTokens(inCanonicalOrder(text)))
    .sort()
    .join();
}

function inCanonicalOrder(text: string): string {
  const [snapshot, world] = JSON.parse(text) as [Snapshot, { actors: object; leaseLost: string[] }];
  const actors = Object.entries(world.actors).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(snapshot), { ...world, actors, leaseLost: world.leaseLost.sort() }]);
}

function withNamedTokens(text: string): string {
  const names = new Map<string, string>();
  return text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => {
    if (!names.has(uuid)) names.set(uuid, `token${names.size}`);
    return names.get(uuid) ?? '';
  });
}
