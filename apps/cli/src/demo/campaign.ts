import type { CallJobInput, CallResult } from '@outdial/contract';
import { DIRECTORY, type DirectoryEntry, type ExpectedOutcome } from '@outdial/lab';

/** A job of the demo, and what its callee makes of it. */
export interface DemoJob {
  callee: DirectoryEntry;
  expected: ExpectedOutcome;
  job: CallJobInput & { id: string };
}

const CALLER = '441632960999';
/** For callees that never answer: long enough to see them ring. */
const SHORT_SECONDS = 3;
const LONG_SECONDS = 30;

/** One job for each callee of the lab's directory, by turns as a SIP address and as a telephone number. */
export function demoCampaign(): DemoJob[] {
  return DIRECTORY.flatMap((callee, index): DemoJob[] => {
    const { name, number, expected } = callee;
    if (expected === null) return [];
    // A challenge is answered with a trunk's credentials, and trunks are for numbers.
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

/** How the results of a job (one, if all is well) differ from what the directory says; empty: not at all. */
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
      found === wanted ? [] : [`${name} ${found}, not ${wanted}`],
    ),
    ...(result.error === null ? [] : [`${result.error.code}: ${result.error.message}`]),
  ];
}
