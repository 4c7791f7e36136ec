import { createReadStream } from 'node:fs';
import { type CampaignOptions, checkCampaign, decodeLines, readCsv, readJsonLines } from '@outdial/campaign';
import type { CallJob } from '@outdial/contract';

/** Reads a campaign file by name (`-`: standard input); JSON lines are told by their ending or first character. */
export async function readCampaign(path: string, options: CampaignOptions): Promise<CallJob[]> {
  const texts = decodeLines(path === '-' ? process.stdin : createReadStream(path));
  const first = await texts.next();
  const start = first.done ? '' : first.value;
  const isJson = /\.(jsonl|ndjson)$/i.test(path) || (path === '-' && start.trimStart().startsWith('{'));
  const all = followedBy(start, texts);
  const jobs: CallJob[] = [];
  for await (const job of checkCampaign(isJson ? readJsonLines(all) : readCsv(all), options)) jobs.push(job);
  return jobs;
}

async function* followedBy(
  start: string,
  texts: AsyncIterable<string>,
): AsyncGenerator<string, void, undefined> {
  yield start;
  yield* texts;
}
