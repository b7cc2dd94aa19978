import { expect, test } from 'vitest'
import { faultsOf, type RunTest, rows, tableOf, withTable } from './rows.ts'

const [system, ids] = Object.entries(rows)[0] as [string, Readonly<Record<string, string>>]
const all: readonly RunTest[] = Object.entries(rows).flatMap(([folder, each]) =>
  Object.keys(each).flatMap((id) =>
    ['embedded', 'postgres'].map((store) => ({
      file: `examples/${folder}/a.test.ts`,
      fullName: `${id}: holds`,
      status: 'passed',
      store,
    })),
  ),
)
const onSqlite = all.filter(({ store }) => store === 'embedded')

test('a row without a test on a store, in two files, or with a failed test is named', () => {
  const [first, second, third] = Object.keys(ids) as [string, string, string]
  expect(faultsOf(all)).toEqual([])
  const broken = all
    .filter(({ fullName }) => !fullName.startsWith(`${first}:`))
    .map((each) => (each.fullName.startsWith(`${third}:`) ? { ...each, status: 'failed' } : each))
    .concat([
      { file: `examples/${system}/b.test.ts`, fullName: `${second}: again`, status: 'passed', store: 'embedded' },
    ])
  expect(faultsOf(broken)).toEqual([
    `${first} has no test in examples/${system} on SQLite`,
    `${first} has no test in examples/${system} on PostgreSQL and Redis`,
    `${second} is shown in more than one file: examples/${system}/a.test.ts, examples/${system}/b.test.ts`,
    `${third}: 0 of 1 tests passed on SQLite`,
    `${third}: 0 of 1 tests passed on PostgreSQL and Redis`,
  ])
})

test('a row that was shown on one store is not yet shown on the other', () => {
  expect(faultsOf(onSqlite)).toHaveLength(onSqlite.length)
  expect(faultsOf(onSqlite)[0]).toMatch(/ has no test in .* on PostgreSQL and Redis$/)
})

test('a test of another system shows no row of this one', () => {
  const moved = all.map((each) => ({ ...each, file: 'examples/elsewhere/a.test.ts' }))
  expect(faultsOf(moved)).toHaveLength(all.length)
})

test('the table takes the place between its marks, and nothing else', () => {
  const text = withTable('before\n<!-- rows -->\nstale\n<!-- /rows -->\nafter', tableOf(all))
  expect(text.startsWith('before\n<!-- rows -->\n\n| row |')).toBe(true)
  expect(text.endsWith('<!-- /rows -->\nafter')).toBe(true)
  expect(text).not.toContain('stale')
  expect(() => withTable('no marks', '')).toThrow('has no place')
})
