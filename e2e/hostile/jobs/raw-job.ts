import type { Random } from '../../chaos/schedule/random.js';

/** One job as somebody wrote it straight into Redis, past every check. */
export interface RawJob {
  /** What is wrong with it, for the message of a test that fails. */
  what: string;
  lane: string;
  id: string | Buffer;
  /** The id that its result must have. */
  resultId: string;
  /** BullMQ's hash of the job; null: there is none. */
  record: Record<string, string | Buffer> | null;
  /** How often its id stands in the lane's list of waiting jobs. */
  times: number;
  /** BullMQ keeps a set of children under this key: `<job>:dependencies`. */
  hasChildren?: boolean;
  expected: Expected;
}

/** `busy`: dialled, and busy. `either`: that, or refused as an invalid job, or since no route leads there. */
export type Expected = 'invalid' | 'busy' | 'either';

/** Makes one job of a kind, with details that follow from `random`. */
export type Kind = (random: Random, id: string) => RawJob;

/** A call job that the contract takes, to a callee that is busy. */
export function goodData(id: string): Record<string, unknown> {
  return { id, callTo: 'sip:busy@lab', secondsTimeout: 20, headers: { 'X-Job': id }, metadata: { n: 1 } };
}

const OPTS = '{"attempts":5,"backoff":{"type":"exponential","delay":100}}';

/** A job of this data in a record as BullMQ writes it. */
export function job(what: string, id: string, data: string | Buffer, expected: Expected): RawJob {
  const record = { name: 'call', data, opts: OPTS, timestamp: String(Date.now()), delay: '0', priority: '0' };
  return { what, lane: 'default', id, resultId: id, record, times: 1, expected };
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.between(0, list.length - 1)] as T;
}

/** Text of bytes, code units and escapes that parsers trip over. */
export function hostileText(random: Random): string {
  const pieces = ['\0', '\r\n', '\n', '\t', '\u007f', '\u0085', '\u2028', '\ud800', '\udc00\ud800', '\ufeff'];
  pieces.push('"', '\\', '%00', '%0d%0a', '<!--', '../../', "';--", '<sip:x@y>', '😀', '\u202e', 'a', ' ');
  return Array.from({ length: random.between(1, 12) }, () => pick(random, pieces)).join('');
}
