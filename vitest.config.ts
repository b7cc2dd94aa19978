import { defineConfig } from 'vitest/config'

const soak = process.env['KEYWRIGHT_SOAK'] === '1'

const postgres = 'packages/server/src/storage/testing-postgres-setup.ts'

/** The acceptance tests of the examples once more, each of their servers on PostgreSQL and Redis, where those are. */
const examplesOnDatabaseServer = {
  extends: true as const,
  test: {
    name: 'examples-postgres',
    include: ['examples/switch.test.ts', 'examples/*/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: [postgres],
    setupFiles: ['e2e/support/name-store.ts'],
    env: { KEYWRIGHT_TEST_STORE: 'postgres' },
  },
}
const hasServices =
  process.env['KEYWRIGHT_TEST_POSTGRES'] !== undefined && process.env['KEYWRIGHT_TEST_REDIS'] !== undefined

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
      project('server', 'packages/server/src/**/*.test.ts', [postgres]),
      project('sdk', 'packages/sdk/src/**/*.test.ts'),
      project('console', 'apps/console/src/**/*.test.ts'),
      project('examples', 'examples/**/*.test.ts'),
      ...(hasServices ? [examplesOnDatabaseServer] : []),
      project('bench', 'bench/**/*.test.ts'),
      project('e2e', 'e2e/**/*.test.ts'),
      project('house', 'scripts/**/*.test.ts'),
    ],
  },
})
