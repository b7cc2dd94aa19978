import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../run.ts'
import { repositoryFiles } from './repository.ts'
import { type SourceRule, sourceRules } from './sources.ts'

const rule = (name: string) => sourceRules.find((candidate) => candidate.name === name) as SourceRule

// Bad samples are put together here, so that this file does not break the rules itself.
const system = ['Ly', 'nxo'].join('')
const short = ['u', 'di'].join('')
const machine = ['', 'wo' + 'rk', 'main'].join('/')
const registry = `registry.${'npmjs'}.org`
const skip = (what: string) => `test.${what}('x', () => {})`

const badSamples: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['no file is called utils', 'packages/server/src/http/utils.ts', ''],
  ['no file is called utils', 'packages/server/src/utils/text.ts', ''],
  ['the example systems are named in examples only', 'packages/server/src/server.ts', `// as ${system} does`],
  ['the example systems are named in examples only', 'packages/server/src/server.ts', `open('examples/${system}')`],
  ['the example systems are named in examples only', 'packages/core/src/decide.test.ts', `const name = '${short}'`],
  ['the example systems are named in examples only', 'CHANGELOG.md', `Adds ${system}.`],
  ['no path of a machine is committed', 'scripts/build.ts', `const home = '${machine}/x'`],
  ['no path of a machine is committed', 'docs/guides/start.md', `cd /${'ro'}ot/project`],
  ['no path of a machine is committed', 'packages/server/src/log.ts', `open("/${'tm'}p/log")`],
  ['no host of a package registry is committed', '.npmrc', `registry=https://${registry}/`],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', skip('skip')],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', skip('only')],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', skip('todo')],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', `describe.${'skip'}('x', () => {})`],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', `test.${'skipIf'}(slow)('x', () => {})`],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', `context.${'skip'}()`],
]

test.each(badSamples)('%s: the guard rejects a bad sample (%s)', (name, path, text) => {
  expect(rule(name).judge({ path, text })).toHaveLength(1)
})

test.each([
  ['the example systems are named in examples only', 'README.md', `see examples/${system.toLowerCase()}/README.md`],
  ['the example systems are named in examples only', `examples/${system}/api.ts`, `// ${system}`],
  ['no path of a machine is committed', 'docs/guides/start.md', 'work/main and https://example.com/work/main'],
  ['no test is skipped without a printed reason', 'e2e/page.test.ts', `context.${'skip'}('there is no chromium')`],
  [
    'no test is skipped without a printed reason',
    'e2e/page.test.ts',
    `test.${'skipIf'}(!process.env['KEYWRIGHT_TEST_REDIS'])('x', () => {})`,
  ],
] as const)('%s: the guard accepts a good sample (%s)', (name, path, text) => {
  expect(rule(name).judge({ path, text })).toEqual([])
})

test.each(sourceRules.map((each) => each.name))('%s', (name) => {
  expect(repositoryFiles().flatMap(rule(name).judge)).toEqual([])
})

test('the lockfile names no host to download from', () => {
  const resolved = (text: string) => text.match(/"resolved": "[a-z+]+:\/\/[^"]*"/g) ?? []
  expect(resolved(`"resolved": "https://${registry}/x/-/x-1.0.0.tgz"`)).toHaveLength(1)
  expect(resolved(readFileSync(join(repository, 'package-lock.json'), 'utf8'))).toEqual([])
})
