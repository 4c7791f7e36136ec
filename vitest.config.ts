import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const common = {
  // A hung test must fail long before CI gives up; a machine that is busy with other work is slower, not wrong.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
  // Calls mostly wait; those of one stack may ring together.
  maxConcurrency: 40,
  // What is built already is loaded by Node, as it is when it is used. Vite would take it to pieces for each project.
  server: { deps: { external: [/\/(packages|apps)\/[^/]+\/dist\//] } },
  // Loading the packages takes longer than most files of tests, so a process runs one file after another. A file that
  // looks at its process, or changes it, is to be one of ALONE.
  isolate: false,
};

/** They fill the machine, or measure or change their process: each has a process of its own, with nothing beside it. */
const ALONE = [
  'apps/cli/test/demo.test.ts',
  'apps/gateway/test/{calls/large-upload,hostile/fuzz}.test.ts',
  'e2e/{board,hostile}/*.test.ts',
  'packages/collections/test/deleted-entries.test.ts',
  'e2e/{calls/deadlines,gateway/try-it}.test.ts',
  // Fake timers: what another file has left running would wait for them for ever.
  'packages/{service/test/logger,telephony/test/freeswitch/paced-voice}.test.ts',
];

/** Files that wait for long, which their size does not tell: at the end, all the others would wait for them. */
const SLOW = [
  'leg/silent-peer',
  'installed/installed',
  'interleavings/interleavings',
  'calls/usage-examples',
];

/** Vitest runs the longest files first, or the largest where it does not know how long they take. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) =>
      SLOW.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          ...common,
          name: 'parts',
          include: ['{packages,apps}/*/test/**/*.test.ts', '{deploy,scripts}/test/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 1 },
          // They wait for sockets and processes more than they compute.
          maxWorkers: 3,
        },
      },
      {
        // What is kept in Redis, on three redis-servers in cluster mode.
        test: {
          ...common,
          name: 'on a cluster',
          include: ['packages/{queue,ledger,audit}/test/*.test.ts'],
          exclude: ['**/{lua,job-record,findings-page,cluster-outage}.test.ts'],
          env: { OUTDIAL_TEST_REDIS: 'cluster' },
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
        },
      },
      {
        // A stack is a whole telephone network; two at a time, and after all else, so that its timers hold.
        test: {
          ...common,
          name: 'calls',
          include: ['e2e/{calls,bots}/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
        },
      },
      {
        // Once more, on media that the worker makes itself. The file that takes longest tells nothing of media, and one is on it anyway.
        test: {
          ...common,
          name: 'calls on the worker’s media',
          include: ['e2e/calls/**/*.test.ts'],
          exclude: [...ALONE, '**/{usage-examples,secure-call}.test.ts'],
          env: { OUTDIAL_TEST_MEDIA: 'worker' },
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
        },
      },
      {
        // What kills and freezes, and waits for it to be noticed.
        test: {
          ...common,
          name: 'end to end',
          include: ['e2e/!(calls|bots)/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 3 },
          maxWorkers: 3,
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: ALONE,
          isolate: true,
          sequence: { groupOrder: 4 },
          fileParallelism: false,
        },
      },
    ],
  },
});
