import type { Readable } from 'node:stream';
import {
  CampaignError,
  type CampaignOptions,
  checkCampaign,
  decodeLines,
  readCsv,
  readJsonLines,
} from '@outdial/campaign';
import { type CallJob, OutdialError } from '@outdial/contract';
import { Spool } from './spool.js';

export interface UploadLimits {
  bytesMax: number;
  callsMax: number;
  directory?: string | undefined;
}

/** Issues of a file that are told. */
const ISSUES_MAX = 100;

/**
 * Checks a file of calls as it arrives, and keeps its jobs on the disk. Throws `INVALID_JOB`, whose issues have the paths
 * `LINE.FIELD`, and `TOO_LARGE`.
 */
export async function receiveUpload(
  body: Readable,
  format: 'csv' | 'ndjson',
  { limits, ...options }: CampaignOptions & { limits: UploadLimits },
): Promise<Spool> {
  const texts = decodeLines(limited(body, limits.bytesMax));
  const items = format === 'csv' ? readCsv(texts) : readJsonLines(texts);
  try {
    return await Spool.write(counted(checkCampaign(items, options), limits.callsMax), limits.directory);
  } catch (error) {
    if (!(error instanceof CampaignError)) throw error;
    const { issues, lines } = error;
    const message = `nothing was queued: ${lines.join('; ')}`;
    throw new OutdialError('INVALID_JOB', message, { issues: issues.slice(0, ISSUES_MAX), cause: error });
  }
}

async function* limited(body: Readable, bytesMax: number): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new OutdialError('TOO_LARGE', `the file has more than ${bytesMax} bytes`);
    yield chunk;
  }
}

async function* counted(
  jobs: AsyncIterable<CallJob>,
  callsMax: number,
): AsyncGenerator<CallJob, void, undefined> {
  let count = 0;
  for await (const job of jobs) {
    count += 1;
    if (count > callsMax) throw new OutdialError('TOO_LARGE', `the file has more than ${callsMax} calls`);
    yield job;
  }
}
