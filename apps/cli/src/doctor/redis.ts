import type { RedisClient } from '@outdial/queue';
import { type Check, failed, passed } from './check.js';

const OLDEST_VERSION = [6, 2] as const;

/** Checks that Redis keeps its data, which all promises about calls depend on. */
export async function checkRedis(redis: RedisClient): Promise<Check[]> {
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
  if (isNewEnough) return passed('Redis version', version);
  return failed('Redis version', `${version} is too old`, `upgrade to ${OLDEST_VERSION.join('.')} or newer`);
}

function checkRole(role: string): Check {
  if (role === 'master') return passed('Redis role', 'primary');
  return failed(
    'Redis role',
    `it is a ${role}, which rejects writes`,
    'point OUTDIAL_REDIS_URL at the primary',
  );
}

function checkAppendOnly(info: ReadonlyMap<string, string>): Check {
  if (info.get('aof_enabled') !== '1') {
    return failed(
      'Redis append-only file',
      'off: when Redis restarts, it loses the record of what was dialled, so that numbers may be dialled again',
      'redis-cli config set appendonly yes, then redis-cli config rewrite',
    );
  }
  if ((info.get('aof_last_write_status') ?? 'ok') !== 'ok') {
    return failed(
      'Redis append-only file',
      'its last write failed',
      'check the log of Redis and the free disk space',
    );
  }
  return passed('Redis append-only file', 'on');
}

function checkEviction(policy: string): Check {
  if (policy === 'noeviction') return passed('Redis maxmemory-policy', policy);
  return failed(
    'Redis maxmemory-policy',
    `${policy}: jobs and results may be deleted when memory is short`,
    'redis-cli config set maxmemory-policy noeviction, then redis-cli config rewrite',
  );
}

/** The `name:value` lines of `INFO`. */
function parseInfo(text: string): Map<string, string> {
  return new Map(
    text.split('\r\n').flatMap((line): Array<[string, string]> => {
      const colon = line.indexOf(':');
      return line.startsWith('#') || colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}
