import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'keywright-cache-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** A command in a process of its own, since a process enables its cache once. */
const help = (environment: Readonly<Record<string, string>>) =>
  spawnSync(process.execPath, [main, '--version'], { cwd: root, env: environment, encoding: 'utf8' })

test("what is compiled is kept in the user's own cache, which nobody else may read", () => {
  const home = join(root, 'home')
  mkdirSync(home)
  expect(help({ HOME: home }).status).toBe(0)
  expect(statSync(join(home, '.cache/keywright')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(home, '.cache/keywright'))).not.toEqual([])

  const cache = join(root, 'cache')
  expect(help({ HOME: join(root, 'other'), XDG_CACHE_HOME: cache }).status).toBe(0)
  expect(readdirSync(join(cache, 'keywright'))).not.toEqual([])
  expect(readdirSync(root).sort()).toEqual(['cache', 'home'])
})

test('a folder that others may write to, or that cannot be made, is left alone, and the command works as ever', () => {
  const cache = join(root, 'shared')
  help({ XDG_CACHE_HOME: cache })
  rmSync(join(cache, 'keywright'), { recursive: true })
  expect(help({ XDG_CACHE_HOME: cache }).status).toBe(0)
  for (const name of readdirSync(join(cache, 'keywright'))) rmSync(join(cache, 'keywright', name), { recursive: true })
  chmodSync(join(cache, 'keywright'), 0o777)
  expect(help({ XDG_CACHE_HOME: cache })).toMatchObject({ status: 0, stderr: '' })
  expect(readdirSync(join(cache, 'keywright'))).toEqual([])

  const file = join(root, 'file')
  writeFileSync(file, '')
  expect(help({ XDG_CACHE_HOME: file })).toMatchObject({ status: 0, stderr: '' })
  expect(help({ HOME: '/proc/none' })).toMatchObject({ status: 0, stderr: '' })
})
