import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Tests read the sources of the workspace's packages, not their last build.
    alias: [
      {
        find: /^@intertwiner\/([^/]+)$/,
        replacement: new URL('./packages/$1/src/index.ts', import.meta.url).pathname,
      },
      {
        find: /^@intertwiner\/([^/]+)\/([^/.]+)$/,
        replacement: new URL('./packages/$1/src/$2.ts', import.meta.url).pathname,
      },
    ],
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'docs/test/**/*.test.ts',
      'scripts/test/**/*.test.ts',
    ],
    setupFiles: ['./scripts/vitest-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Against hangs, not against slow machines: the slowest tests take ten seconds on a fast one.
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
