/**
 * A million session descriptions of every malformed kind, seeded: each is assessed as an answer and as an offer, and what is usable
 * is answered. Nothing is thrown, and no memory is lost. Ends with status 1 when something is not as it must be.
 * usage: node --expose-gc bench/fuzz.mjs [--descriptions N] [--seed N] [--kind PART-OF-ITS-NAME]
 */
import { parseArgs } from 'node:util';
import { DESCRIPTION_KINDS, SeededRandom } from '@outdial/testkit/fuzz';
import { answerTo, onlyLine } from '../dist/sdp/answer.js';
import { assessAnswer, assessOffer, hasAudio } from '../dist/sdp/assess.js';
import { newKeys } from '../dist/sdp/crypto.js';
import { isHold } from '../dist/sdp/hold.js';
import { agreeOn, offerOf } from '../dist/sdp/worker-description.js';

const { values } = parseArgs({
  options: {
    descriptions: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '7' },
    kind: { type: 'string', default: '' },
  },
});
const [descriptions, seed] = [values.descriptions, values.seed].map(Number);
const WARM_UP = 5000;
const GROWTH_MB = 4;
const LOCAL = { address: '192.0.2.1', port: 4000, rtcpPort: 4001 };
const CODECS = ['g711a', 'g711u'];

const offers = ['off', 'optional', 'required'].map((srtp) => {
  const keys = srtp === 'off' ? [] : newKeys();
  return { keys, text: offerOf(LOCAL, CODECS, { srtp, keys }) };
});
let problems = 0;
for (const [name, kind] of Object.entries(DESCRIPTION_KINDS)) {
  if (!name.includes(values.kind)) continue;
  const random = new SeededRandom(seed);
  for (let n = 0; n < WARM_UP; n++) take(name, kind, random);
  const [before, from] = [memory(), performance.now()];
  let usable = 0;
  let longestMs = 0;
  for (let n = 0; n < descriptions; n++) {
    const startedAt = performance.now();
    if (take(name, kind, random)) usable += 1;
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
  const grown = (memory() - before) / 2 ** 20;
  const rate = descriptions / ((performance.now() - from) / 1000);
  const told = [
    `${rate.toFixed(0)}/s`,
    `${usable} usable`,
    `longest ${longestMs.toFixed(0)} ms`,
    `${grown.toFixed(1)} MB`,
  ];
  console.log(`${name.padEnd(28)} ${descriptions}  ${told.join(', ')}`);
  if (grown > GROWTH_MB) problem(name, `${grown.toFixed(1)} MB more after it`);
}
console.log(problems === 0 ? 'no problems' : `${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;

/** Whether it is an offer that can be answered. */
function take(name, kind, random) {
  const { keys, text } = random.of(offers);
  const description = kind(random, text);
  try {
    hasAudio(description);
    isHold(description);
    const [answer, offer] = [assessAnswer(text, description), assessOffer(text, description)];
    if ('codec' in answer) onlyLine(description, answer.line);
    return 'codec' in offer && isAnswered(description, offer.line, keys);
  } catch (error) {
    problem(name, `${error.stack}\n${JSON.stringify(description.slice(0, 600))}`);
    return false;
  }
}

/** An error here is told to the far end as 488. */
function isAnswered(description, line, keys) {
  const only = onlyLine(description, line);
  try {
    answerTo(description, line, agreeOn(only, LOCAL, CODECS, keys).answer);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** What is in use once the garbage was collected. */
function memory() {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function problem(name, what) {
  problems += 1;
  if (problems <= 10) console.log(`PROBLEM ${name}: ${what}`);
}
