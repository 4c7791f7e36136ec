import type { Redis } from 'ioredis';
import { type Check, inOrder, wrong } from './check.js';

const OLDEST_VERSION = [6, 2] as const;

/** Whether this Redis keeps what it is told, which every promise about calls rests on. */
export async function checkRedis(redis: Redis): Promise<Check[]> {
  const info = parseInfo(await redis.info());
  return [
    checkVersion(info.get('redis_version') ?? '0'),
    checkRole(info.get('role') ?? 'master'),
    checkAppendOnly(info),
    checkEviction(info.get('maxmemory_policy') ?? 'noeviction'),
  ];
}

function checkVersion(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough =
    major > OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor >= OLDEST_VERSION[1]);
  if (isNewEnough) return inOrder('Redis version', version);
  return wrong('Redis version', `${version} is too old`, `upgrade to ${OLDEST_VERSION.join('.')} or newer`);
}

function checkRole(role: string): Check {
  if (role === 'master') return inOrder('Redis role', 'primary');
  return wrong(
    'Redis role',
    `it is a ${role}, which takes no writes`,
    'point OUTDIAL_REDIS_URL at the primary',
  );
}

function checkAppendOnly(info: ReadonlyMap<string, string>): Check {
  if (info.get('aof_enabled') !== '1') {
    return wrong(
      'Redis append-only file',
      'off: what was dialled is forgotten when Redis restarts, and may be dialled again',
      'redis-cli config set appendonly yes, then redis-cli config rewrite',
    );
  }
  if ((info.get('aof_last_write_status') ?? 'ok') !== 'ok') {
    return wrong(
      'Redis append-only file',
      'its last write failed',
      "look into Redis' log and at its disk's space",
    );
  }
  return inOrder('Redis append-only file', 'on');
}

function checkEviction(policy: string): Check {
  if (policy === 'noeviction') return inOrder('Redis maxmemory-policy', policy);
  return wrong(
    'Redis maxmemory-policy',
    `${policy}: jobs and results may be thrown away when memory is short`,
    'redis-cli config set maxmemory-policy noeviction, then redis-cli config rewrite',
  );
}

/** `INFO`'s lines of `name:value`. */
function parseInfo(text: string): Map<string, string> {
  return new Map(
    text.split('\r\n').flatMap((line): Array<[string, string]> => {
      const colon = line.indexOf(':');
      return line.startsWith('#') || colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}
