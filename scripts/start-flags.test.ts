import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from './run.ts'

const read = (path: string): string => readFileSync(join(repository, path), 'utf8')

test('Node is told the same by the first line of the program, by npm, by the bench and in a container', () => {
  const [, flags = ''] = /^#!\/usr\/bin\/env -S node (--.+)\n/.exec(read('packages/server/src/cli/main.ts')) ?? []
  expect(flags.split(' ')).toEqual(['--max-semi-space-size=16', '--no-allocation-site-pretenuring'])
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
  const places = [scripts['start'], scripts['dev'], read('bench/program.ts')]
  if (existsSync(join(repository, 'Containerfile'))) places.push(read('Containerfile'))
  for (const place of places) for (const flag of flags.split(' ')) expect(place).toContain(flag)
})
