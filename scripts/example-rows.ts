import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { faultsOf, type RunTest, tableOf, withTable } from '../examples/rows.ts'
import type { VitestReport } from './closing-line.ts'
import { repository } from './run.ts'

const page = join(repository, 'examples/README.md')

/** The tests of a report that belong to examples. */
function exampleTests({ testResults }: VitestReport): readonly RunTest[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, meta }) => ({
      file: relative(repository, name),
      fullName,
      status,
      store: meta?.store ?? 'embedded',
    })),
  )
}

/** What a whole run of the examples did not show, one sentence each; the page's table has to be that of the run. */
export function judgeRows(report: VitestReport): readonly string[] {
  const tests = exampleTests(report)
  const faults = faultsOf(tests)
  const text = readFileSync(page, 'utf8')
  if (faults.length > 0 || withTable(text, tableOf(tests)) === text) return faults
  return ['examples/README.md does not show what this run did: run `npm run rows` and commit it']
}

/** Writes the table of a run into the page. */
export function writeRows(report: VitestReport): void {
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(exampleTests(report))))
}
