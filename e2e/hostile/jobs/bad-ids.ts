import type { Random } from '../../chaos/schedule/random.js';
import { goodData, hostileText, job, type Kind } from './raw-job.js';

/** Jobs whose id no contract takes, though their data is good. */
function named(what: string, idOf: (random: Random, id: string) => string | Buffer): Kind {
  return (random, seed) => {
    const id = idOf(random, seed);
    const made = job(what, seed, JSON.stringify(goodData(seed)), 'invalid');
    return { ...made, id, resultId: id.toString() };
  };
}

export const BAD_IDS: readonly Kind[] = [
  named('an id with colons', (_random, id) => `${id}:lock:${id}`),
  named('an id with a line break', (_random, id) => `${id}\r\nDEL`),
  named('an id of hostile text', (random, id) => Buffer.from(`${id}${hostileText(random)}`).toString()),
  named('a very long id', (random, id) => `${id}${'x'.repeat(random.between(200, 50_000))}`),
  named('an id of emoji', (_random, id) => `😀${id}é`),
  named('an id that is not UTF-8', (_random, id) =>
    Buffer.concat([Buffer.from(id), Buffer.from([0xff, 0xc0, 0x80])]),
  ),
];
