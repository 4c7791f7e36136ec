import { eventsKey } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import { Redis } from 'ioredis';

const EVENTS_MAX = 100_000;

/** @typedef {{ events?: readonly import('@outdial/contract').CallEvent[] }} Update */

/**
 * The ledger's steps without what they keep: each answers at once what an unhindered ledger answers. The
 * events that come with a step still go to their stream, and results are still published.
 */
class KeepsNothing {
  async heartbeat() {
    return { wasRegistered: true, cancels: [] };
  }

  async retire() {
    return 0;
  }

  async lostWorkers() {
    return [];
  }

  async callsOf() {
    return [];
  }

  /** @param {{ token: string }} request */
  async claim({ token }) {
    return { kind: 'claimed', token };
  }

  async unclaim() {
    return 'unclaimed';
  }

  /** @param {string} jobId @param {string} _token @param {Update} update */
  async record(jobId, _token, update) {
    await addEvents(jobId, update);
    return 'recorded';
  }

  /** @param {string} jobId @param {string} _token @param {unknown} _result @param {Update} update */
  async settle(jobId, _token, _result, update) {
    await addEvents(jobId, update);
    return { kind: 'settled' };
  }

  /** @param {string} jobId @param {string} _token @param {unknown} _ended @param {Update} update */
  async end(jobId, _token, _ended, update) {
    await addEvents(jobId, update);
    return { kind: 'ended' };
  }

  async release() {
    return 'released';
  }

  async unpublished() {
    return [];
  }

  async markPublished() {}

  async trim() {}

  async get() {
    return null;
  }
}

/** @type {Redis} */
let redis;
/** @type {string} */
let stream;

/** Events as the ledger's scripts add them. @param {string} jobId @param {Update} update */
async function addEvents(jobId, { events = [] }) {
  await Promise.all(
    events.map((event) =>
      redis.xadd(stream, 'MAXLEN', '~', EVENTS_MAX, '*', 'jobId', jobId, 'event', JSON.stringify(event)),
    ),
  );
}

/**
 * Lays those steps over the ledger of this process, before a worker starts: the rest of the worker is the
 * same.
 * @param {{ url: string, prefix: string }} options
 */
export function leaveLedgerOut({ url, prefix }) {
  redis = new Redis(url);
  stream = eventsKey(prefix);
  const { constructor: _, ...steps } = Object.getOwnPropertyDescriptors(KeepsNothing.prototype);
  Object.defineProperties(Ledger.prototype, steps);
}

/** Closes what it opened. */
export function endLeftOut() {
  redis?.disconnect();
}
