import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

type Ending = () => unknown

const endings: Ending[] = []

/** Has something ended after the last test of the file, the newest first, whatever became of the tests. */
export const afterwards = (ending: Ending): void => {
  endings.push(ending)
}

afterAll(async () => {
  for (const ending of endings.reverse()) await ending()
  endings.length = 0
})

/** A new folder that goes when the file's tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-e2e-'))
  afterwards(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
