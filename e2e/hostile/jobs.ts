import type { Random } from '../chaos/schedule/random.js';
import { BAD_DATA } from './jobs/bad-data.js';
import { BAD_IDS } from './jobs/bad-ids.js';
import { BAD_RECORDS } from './jobs/bad-records.js';
import { goodData, job, type Kind, type RawJob } from './jobs/raw-job.js';

const GOOD: readonly Kind[] = [
  (_random, id) => job('nothing', id, JSON.stringify(goodData(id)), 'busy'),
  (_random, id) => ({
    ...job('standing three times in the lane', id, JSON.stringify(goodData(id)), 'busy'),
    times: 3,
  }),
];

/** Data come in the most ways, so they have more turns. */
const KINDS: readonly Kind[] = [...BAD_DATA, ...BAD_RECORDS, ...BAD_IDS, ...BAD_DATA, ...GOOD, ...BAD_DATA];

/** Jobs of every kind, `count` of them, in an order and with details that follow from `random`. */
export function makeRawJobs(random: Random, count: number): RawJob[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length] as Kind;
    return kind(random, `h-${index}`);
  });
}
