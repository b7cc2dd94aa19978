import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type GeneratedFile, staleFiles, writeStaleFiles } from './generated.ts'

const folder = mkdtempSync(join(tmpdir(), 'keywright-generated-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (path: string): GeneratedFile => ({ path, produce: async () => `text of ${path}\n` })
const files = [file('current.md'), file('old.md'), file('missing.md')]

test('a generated file that is old or missing is found, and written once', async () => {
  writeFileSync(join(folder, 'current.md'), 'text of current.md\n')
  writeFileSync(join(folder, 'old.md'), 'text of an earlier day\n')
  expect(await staleFiles(files, folder)).toEqual(['old.md', 'missing.md'])
  expect(await writeStaleFiles(files, folder)).toEqual(['old.md', 'missing.md'])
  expect(readFileSync(join(folder, 'missing.md'), 'utf8')).toBe('text of missing.md\n')
  expect(await writeStaleFiles(files, folder)).toEqual([])
})
