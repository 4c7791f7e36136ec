import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/test/**/*.test.ts', 'e2e/**/*.test.ts'],
    // Real servers and sockets: a hung test must end, and say so, long before CI does.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
