import { existsSync, readFileSync } from 'node:fs';
import { ENDED_QUEUE, type EndedRecord } from '@outdial/contract';
import { OutcomeConsumer } from './outcome-consumer.js';

const HEADER_BYTES = 44;

/** What an ended record tells of the recordings of its call, and what there is of them. */
export interface RecordedCall {
  jobId: string;
  recordings: ReadonlyArray<{
    name: string;
    isComplete: boolean;
    found: 'whole' | 'unfinished' | 'nothing' | 'broken';
  }>;
}

/** Keeps what the ended records tell of recordings. */
export class RecordingsLog {
  readonly #ended = new Map<string, EndedRecord>();
  readonly #consumer: OutcomeConsumer<EndedRecord>;

  constructor(redisUrl: string) {
    this.#consumer = new OutcomeConsumer<EndedRecord>(ENDED_QUEUE, redisUrl, (ended) => {
      this.#ended.set(ended.jobId, ended);
    });
  }

  /** With what is on the disk now. */
  read(): RecordedCall[] {
    return [...this.#ended.values()].map(({ jobId, recordings }) => ({
      jobId,
      recordings: recordings.map(({ name, path, isComplete }) => ({ name, isComplete, found: find(path) })),
    }));
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }
}

/** A worker that was frozen may finish what another has told of as unfinished. */
function find(path: string): 'whole' | 'unfinished' | 'nothing' | 'broken' {
  if (existsSync(path)) return isReadable(path) ? 'whole' : 'broken';
  if (!existsSync(`${path}.part`)) return 'nothing';
  return isReadable(`${path}.part`) ? 'unfinished' : 'broken';
}

/** Whether its header promises no more than there is. Of a file that is not begun there is no header. */
function isReadable(path: string): boolean {
  const file = readFileSync(path);
  if (file.length === 0) return true;
  return (
    file.length >= HEADER_BYTES &&
    file.toString('latin1', 0, 4) === 'RIFF' &&
    file.readUInt32LE(40) + HEADER_BYTES <= file.length
  );
}
