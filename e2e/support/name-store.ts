import { beforeEach } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What the test's servers keep their data in, where that is not the embedded database; the table of the examples' rows shows it. */
    store?: string
  }
}

const store = process.env['KEYWRIGHT_TEST_STORE']

beforeEach(({ task }) => {
  if (store !== undefined) task.meta.store = store
})
