import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { foreignImports, importFromEmptyProject } from './packed.ts'

const folder = mkdtempSync(join(tmpdir(), 'keywright-built-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (path: string, text: string) => writeFileSync(join(folder, path), text)
const exports = { '.': './main.js', './bad': './bad.js', './empty': './empty.js' }
write('package.json', JSON.stringify({ name: '@sample/built', type: 'module', exports }))
write('main.js', "import { hash } from 'node:crypto'\nexport { a } from './chunk.js'\nexport const b = hash\n")
write('chunk.js', 'export const a = 1\n')
write('bad.js', "export { a } from './chunk.js'\nimport { z } from 'a-package-that-nobody-has'\nexport const b = z\n")
write('empty.js', 'export {}\n')

test('an import that an empty project cannot resolve is named', () => {
  expect(foreignImports(folder)).toEqual(['bad.js imports a-package-that-nobody-has'])
})

test('a built package is imported from an empty project, and one with a dependency or without exports is refused', async () => {
  const attempt = (entry: string) => importFromEmptyProject(folder, [entry], '@sample/built')
  const good = await attempt('@sample/built')
  expect(good.code, good.output).toBe(0)
  expect(good.output).toContain('imported @sample/built: a, b')
  expect((await attempt('@sample/built/bad')).output).toContain('a-package-that-nobody-has')
  expect((await attempt('@sample/built/empty')).code).not.toBe(0)
  expect((await attempt('@sample/built/missing')).code).not.toBe(0)
})
