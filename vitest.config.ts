import { defineConfig } from 'vitest/config';

const limits = {
  // A hung test must fail long before CI gives up; a machine that is busy with other work is slower, not wrong.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
  // Calls mostly wait; those of one stack may ring together.
  maxConcurrency: 40,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'parts',
          include: ['{packages,apps}/*/test/**/*.test.ts', '{deploy,scripts}/test/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          // They wait for sockets and processes more than they compute.
          maxWorkers: 3,
          ...limits,
        },
      },
      {
        // What is kept in Redis, on three redis-servers in cluster mode.
        test: {
          name: 'on a cluster',
          include: ['packages/{queue,ledger,audit}/test/*.test.ts'],
          exclude: ['**/{lua,job-record,findings-page,cluster-outage}.test.ts'],
          env: { OUTDIAL_TEST_REDIS: 'cluster' },
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
          ...limits,
        },
      },
      {
        // A stack is a whole telephone network; two at a time, and after all else, so that its timers hold. The file with the most
        // calls goes with those that kill and freeze.
        test: {
          name: 'calls',
          include: ['e2e/calls/**/*.test.ts'],
          exclude: ['**/deadlines.test.ts'],
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          ...limits,
        },
      },
      {
        // Once more, on media that the worker makes itself. The file that takes longest tells nothing of media, and one is on it anyway.
        test: {
          name: 'calls on the worker’s media',
          include: ['e2e/calls/**/*.test.ts'],
          exclude: ['**/{deadlines,usage-examples,secure-call}.test.ts'],
          env: { OUTDIAL_TEST_MEDIA: 'worker' },
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          ...limits,
        },
      },
      {
        // What kills, freezes and fills: one at a time.
        test: {
          name: 'end to end',
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/calls/**/!(deadlines).test.ts'],
          sequence: { groupOrder: 3 },
          fileParallelism: false,
          ...limits,
        },
      },
    ],
  },
});
