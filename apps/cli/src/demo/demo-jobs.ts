import type { CallJobInput, CallResult } from '@outdial/contract';
import { DIRECTORY, type DirectoryEntry, type ExpectedOutcome } from '@outdial/lab';

/** A job of the demo and its expected outcome. */
export interface DemoJob {
  callee: DirectoryEntry;
  expected: ExpectedOutcome;
  job: CallJobInput & { id: string };
}

const CALLER = '441632960999';
/** For callees that never answer: long enough to show the ringing. */
const SHORT_SECONDS = 3;
const LONG_SECONDS = 30;

/** One job for each callee in the directory of the lab; every third one is called by its number. */
export function createDemoJobs(): DemoJob[] {
  return DIRECTORY.flatMap((callee, index): DemoJob[] => {
    const { name, number, expected } = callee;
    if (expected === null) return [];
    // The challenge requires the credentials of a trunk, and trunks are used for numbers.
    const byNumber = number !== null && (name === 'challenge' || index % 3 === 2);
    return [
      {
        callee,
        expected,
        job: {
          id: `demo-${name}`,
          ...(byNumber ? { callTo: `tel:+${number}`, callFrom: CALLER } : { callTo: `sip:${name}@lab` }),
          secondsTimeout: expected.cause === 'TIMEOUT' ? SHORT_SECONDS : LONG_SECONDS,
          liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT',
          metadata: { callee: name },
        },
      },
    ];
  });
}

/** The differences between the results of a job and its expected single result; empty when there are none. */
export function deviations({ expected }: DemoJob, results: readonly CallResult[]): string[] {
  const [result] = results;
  if (result === undefined) return ['no result'];
  const pairs: ReadonlyArray<readonly [name: string, found: unknown, expected: unknown]> = [
    ['state', result.state, expected.state],
    ['cause', result.cause, expected.cause],
    ['far-end type', result.farEndType, expected.farEndType],
    ...(expected.sipStatus === null
      ? []
      : [['SIP status', result.rawCause.sipStatus, expected.sipStatus] as const]),
  ];
  return [
    ...(results.length > 1 ? [`${results.length} results`] : []),
    ...pairs.flatMap(([name, found, wanted]) =>
      found === wanted ? [] : [`${name} is ${found}, expected ${wanted}`],
    ),
    ...(result.error === null ? [] : [`${result.error.code}: ${result.error.message}`]),
  ];
}
