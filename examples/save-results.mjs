// Takes the results of a campaign, each once, and saves them. Start as many as you like:
// node examples/save-results.mjs reminders-2026-11-23 results.jsonl
import { appendFile } from 'node:fs/promises';
import { Outdial } from '@outdial/client';

const [campaign = 'reminders', file = 'results.jsonl'] = process.argv.slice(2);
const outdial = new Outdial({
  redis: process.env.OUTDIAL_REDIS_URL ?? 'redis://127.0.0.1:6379',
  resultsQueue: campaign,
});
process.once('SIGINT', () => outdial.close());

// Once the handler resolves, the result is consumed. When it throws, the result comes again later.
outdial.results.consume(async (result) => {
  await appendFile(file, `${JSON.stringify(result)}\n`);
});
