import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/**
 * What went wrong in comparable software is numbered: T1 to T27 are advisories, U1 to U15 further traps. Each is a test here that names its
 * row, or stands below with what it waits for.
 */
const rows = [
  ...Array.from({ length: 27 }, (_, index) => `T${index + 1}`),
  ...Array.from({ length: 15 }, (_, index) => `U${index + 1}`),
]

const waiting: Readonly<Record<string, string>> = {
  T12: 'time is measured in bench/refusals.ts, never in a test',
  T21: 'no tokens are derived from keys yet',
  T26: 'there is no release yet whose keys could be kept',
}

/** The rows that the titles of tests, or of cases that tests run, begin with: `T7: …`, `U3, U9: …`. */
function namedIn(text: string): readonly string[] {
  const beginnings = [...text.matchAll(/['"`]((?:[TU]\d{1,2}(?:, |: ))+)/g)].map((match) => match[1] as string)
  return beginnings.flatMap((beginning) => [...beginning.matchAll(/[TU]\d{1,2}/g)].map(([row]) => row))
}

const files = globSync(['packages/*/src/**/*.ts', 'e2e/**/*.ts', 'examples/**/*.ts'], {
  exclude: (path) => path.includes('node_modules'),
})

describe('the traps that others fell into', () => {
  test('the search sees a row in a title and nowhere else', () => {
    expect(
      namedIn(`test('T7: evicted everywhere', () => {})\n// T8: is mentioned\nit.each(cases)('U3, U9: %s', run)`),
    ).toEqual(['T7', 'U3', 'U9'])
  })

  test('each has a test that names it, or a reason why it waits', () => {
    const named = new Set(files.flatMap((file) => namedIn(readFileSync(file, 'utf8'))))
    expect(rows.filter((row) => !named.has(row) && waiting[row] === undefined)).toEqual([])
    expect(Object.keys(waiting).filter((row) => named.has(row))).toEqual([])
  })
})
