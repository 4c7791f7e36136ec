import { Redis } from 'ioredis';

/**
 * Counts every command that this process sends to Redis, on any connection, from now on: `ledger.claim`,
 * `bullmq.moveToFinished`, or the bare command's name. A command is a round trip at most, since ioredis may
 * send several in one packet.
 */
export class RedisCommands {
  /** @type {Map<string, number>} */
  #counts = new Map();

  constructor() {
    const { sendCommand } = Redis.prototype;
    const counts = this.#counts;
    Redis.prototype.sendCommand = function (command, ...rest) {
      const name = nameOf(this, command);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return sendCommand.call(this, command, ...rest);
    };
  }

  /** What was counted since the last time. */
  take() {
    const counts = Object.fromEntries(this.#counts);
    this.#counts.clear();
    return counts;
  }
}

/** By a script's digest: looking it up must not cost what is measured. @type {Map<unknown, string>} */
const scriptNames = new Map();

/**
 * @param {Redis} redis
 * @param {{ name: string, args: unknown[] }} command
 */
function nameOf(redis, { name, args }) {
  if (name !== 'evalsha') return name;
  const digest = args[0];
  const known = scriptNames.get(digest);
  if (known !== undefined) return known;
  const scripts = /** @type {Record<string, { sha: string }>} */ (redis.scriptsSet);
  const script = Object.entries(scripts).find(([, { sha }]) => sha === digest)?.[0] ?? 'unknown';
  const found = script.startsWith('outdial-')
    ? script.replace('outdial-', 'ledger.')
    : `bullmq.${script.split(':')[0]}`;
  scriptNames.set(digest, found);
  return found;
}
