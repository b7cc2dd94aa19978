import { defineConfig } from 'vitest/config'

const soak = process.env['KEYWRIGHT_SOAK'] === '1'

/** One project of the suite: a name and where its tests lie. */
const project = (name: string, include: string, globalSetup: readonly string[] = []) => ({
  extends: true as const,
  test: { name, include: [include], exclude: ['**/node_modules/**', '**/dist/**'], globalSetup: [...globalSetup] },
})

export default defineConfig({
  test: {
    pool: 'forks',
    watch: false,
    testTimeout: soak ? 900_000 : 20_000,
    hookTimeout: soak ? 120_000 : 20_000,
    dangerouslyIgnoreUnhandledErrors: false,
    passWithNoTests: false,
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      project('core', 'packages/core/src/**/*.test.ts'),
      project('server', 'packages/server/src/**/*.test.ts', ['packages/server/src/storage/testing-postgres-setup.ts']),
      project('sdk', 'packages/sdk/src/**/*.test.ts'),
      project('console', 'apps/console/src/**/*.test.ts'),
      project('examples', 'examples/**/*.test.ts'),
      project('bench', 'bench/**/*.test.ts'),
      project('e2e', 'e2e/**/*.test.ts'),
      project('house', 'scripts/**/*.test.ts'),
    ],
  },
})
