import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completePackages, type LockPackages, missingOptionals, platformEntry } from './lockfile.ts'
import { repository } from './run.ts'

const sample: LockPackages = {
  '': {},
  'node_modules/tool': {
    version: '1.0.0',
    dev: true,
    optionalDependencies: { '@tool/linux-x64': '1.0.0', '@tool/linux-arm64-musl': '1.0.0' },
  },
  'node_modules/@tool/linux-x64': { version: '1.0.0', dev: true, optional: true, os: ['linux'], cpu: ['x64'] },
  'node_modules/outer/node_modules/inner': { version: '2.0.0', optionalDependencies: { near: '1.0.0', far: '1.0.0' } },
  'node_modules/outer/node_modules/near': { version: '1.0.0' },
  'node_modules/far': { version: '1.0.0' },
}

test('an optional dependency without an entry is found, wherever Node would look for it', () => {
  expect(missingOptionals(sample)).toEqual([
    { parent: 'node_modules/tool', name: '@tool/linux-arm64-musl', version: '1.0.0' },
  ])
})

test('its entry says for which platform it is, and nothing else changes', () => {
  const complete = completePackages(sample)
  expect(missingOptionals(complete)).toEqual([])
  expect(complete).toEqual({
    ...sample,
    'node_modules/@tool/linux-arm64-musl': {
      version: '1.0.0',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
  })
})

test('a package that names no platform, or no exact version, is not guessed', () => {
  const attempt = (name: string, version: string) => () => platformEntry({ parent: '', name, version }, true)
  expect(attempt('tool-helper', '1.0.0')).toThrow('tool-helper@1.0.0')
  expect(attempt('@tool/linux-x64', '^1.0.0')).toThrow('@tool/linux-x64@^1.0.0')
})

test('the lockfile has an entry for every optional dependency, so that npm ci accepts it everywhere', () => {
  const text = readFileSync(join(repository, 'package-lock.json'), 'utf8')
  expect(missingOptionals((JSON.parse(text) as { readonly packages: LockPackages }).packages)).toEqual([])
})
