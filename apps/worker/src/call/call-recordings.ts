import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordingReport } from '@outdial/contract';
import type { Leg, LegRecording, RecordedSides, RecordingEnd } from '@outdial/telephony';

/** The disk may be that slow to take the last of a recording; the ended record does not wait for longer. */
const FINISH_WITHIN_MS = 10_000;

export interface CallRecordingsOptions {
  /** Of all recordings; null: none is configured. */
  directory: string | null;
  jobId: string;
  workerId: string;
  onStarted: (started: Pick<RecordingReport, 'name' | 'path'>) => void;
  /** One has ended, or could not be made. */
  onEnded: (report: RecordingReport) => void;
}

interface Begun {
  report: RecordingReport;
  /** Null: it runs no more, or not yet. */
  recording: LegRecording | null;
  ended: Promise<void>;
}

/** The recordings of one call, in the order in which they were asked for. */
export class CallRecordings {
  readonly #options: CallRecordingsOptions;
  readonly #begun: Begun[] = [];

  constructor(options: CallRecordingsOptions) {
    this.#options = options;
  }

  /** Begins to record. Resolves with why that is not possible, instead; never rejects. */
  async start(
    leg: Pick<Leg, 'record'>,
    name: string,
    sides: RecordedSides,
  ): Promise<LegRecording | { problem: string }> {
    const { directory, workerId } = this.#options;
    if (directory === null) return { problem: 'no telephony.recordings.directory is configured' };
    const path = join(directory, this.#fileOf(name));
    const report = { name, path, workerId, durationMs: null, isComplete: false, error: null };
    const begun: Begun = { report, recording: null, ended: Promise.resolve() };
    this.#begun.push(begun);
    const starting = this.#start(begun, leg, sides);
    begun.ended = starting.then(async (recording) => {
      if ('ended' in recording) this.#end(begun, await recording.ended);
    });
    return starting;
  }

  /** From now on all that run hold silence. Returns false when none runs. */
  pause(): boolean {
    return this.#each((recording) => recording.pause());
  }

  /** All that run hold again what is said. Returns false when none runs. */
  resume(): boolean {
    return this.#each((recording) => recording.resume());
  }

  /** All of them as they are now. One that runs is neither complete nor has an error. */
  get current(): RecordingReport[] {
    return this.#begun.map(({ report }) => report);
  }

  /** Resolves with all of them, once they have ended: with the call, at the latest. Never rejects. */
  async reports(): Promise<RecordingReport[]> {
    const late = { durationMs: null, problem: 'the file was not finished in time' };
    await Promise.all(
      this.#begun.map(async (begun) => {
        const giveUp = new AbortController();
        const timer = delay(FINISH_WITHIN_MS, undefined, { ref: false, signal: giveUp.signal })
          .then(() => this.#end(begun, late))
          .catch(() => undefined);
        await Promise.race([begun.ended, timer]);
        giveUp.abort();
      }),
    );
    return this.current;
  }

  async #start(
    begun: Begun,
    leg: Pick<Leg, 'record'>,
    sides: RecordedSides,
  ): Promise<LegRecording | { problem: string }> {
    const { name, path } = begun.report;
    const recording = await open(leg, path, sides);
    if ('problem' in recording) this.#end(begun, { durationMs: 0, problem: recording.problem });
    else {
      begun.recording = recording;
      this.#options.onStarted({ name, path });
    }
    return recording;
  }

  /** Neither a job's id nor a name holds a separator, so that the file is in the directory. */
  #fileOf(name: string): string {
    const count = this.#begun.filter(({ report }) => report.name === name).length;
    return `${[this.#options.jobId, name, ...(count === 0 ? [] : [count + 1])].join('-')}.wav`;
  }

  #each(act: (recording: LegRecording) => void): boolean {
    const running = this.#begun.flatMap(({ recording }) => recording ?? []);
    for (const recording of running) act(recording);
    return running.length > 0;
  }

  /** What comes after it was given up is not told any more: the ended record says otherwise already. */
  #end(begun: Begun, { durationMs, problem }: RecordingEnd): void {
    if (begun.report.isComplete || begun.report.error !== null) return;
    const error = problem === null ? null : { code: 'RECORDING_FAILED', message: problem };
    begun.recording = null;
    begun.report = { ...begun.report, durationMs, isComplete: problem === null, error };
    this.#options.onEnded(begun.report);
  }
}

async function open(
  leg: Pick<Leg, 'record'>,
  path: string,
  sides: RecordedSides,
): Promise<LegRecording | { problem: string }> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    return { problem: (error as Error).message };
  }
  return leg.record(path, sides);
}
