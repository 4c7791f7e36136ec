import { defineConfig } from 'vitest/config';

const limits = {
  // Real servers and sockets: a hung test must end, and say so, long before CI does.
  testTimeout: 30_000,
  hookTimeout: 30_000,
  // Calls mostly wait; those of one stack may ring together.
  maxConcurrency: 40,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'parts',
          include: ['{packages,apps}/*/test/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          // They wait for sockets and processes more than they compute.
          maxWorkers: 3,
          ...limits,
        },
      },
      {
        // A stack is a whole telephone network: one at a time, and after all else, so that its timers hold.
        test: {
          name: 'end to end',
          include: ['e2e/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          ...limits,
        },
      },
    ],
  },
});
