import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { repository } from './support/child-server.ts'

const folder = join(repository, 'packages/server/console')
const bytesMax = 260 * 1024

/** The scripts that a script needs before it runs; what it loads later is in parentheses. */
function importsOf(name: string): readonly string[] {
  const text = readFileSync(join(folder, 'assets', name), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)].map((match) => match[1] as string)
}

/** A script and all that it needs. */
function withImports(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    waiting.push(...importsOf(name))
  }
  return found
}

const page = (): string => readFileSync(join(folder, 'index.html'), 'utf8')
const named = (pattern: RegExp): string => {
  const text = [...page().matchAll(/\/assets\/([\w.-]+\.js)/g)].map((match) => match[1] as string)
  const manifest = text.flatMap((name) => [...readFileSync(join(folder, 'assets', name), 'utf8').matchAll(pattern)])
  return manifest[0]?.[1] as string
}

test('the first load of the page of keys is at most 260 KB of packed scripts, charts and languages apart', () => {
  const first = [...page().matchAll(/\/assets\/([\w.-]+\.js)/g)].map((match) => match[1] as string)
  const keys = named(/["'`(/](keys-page-[\w-]+\.js)/g)
  const needed = withImports([...first, keys])
  const bytes = [...needed].reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, 'assets', name))).length, 0)
  expect(needed.size).toBeGreaterThan(2)
  expect([...needed].filter((name) => /chart|fr-/i.test(name))).toEqual([])
  expect(bytes).toBeLessThanOrEqual(bytesMax)
})
