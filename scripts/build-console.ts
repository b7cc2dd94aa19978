import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './run.ts'

const home = join(repository, 'apps/console')
const stamp = join(repository, 'packages/server/console/.built')

/** A digest of everything that the built console follows from. */
function sourceDigest(): string {
  const hash = createHash('sha256')
  const sources = globSync(
    [
      'apps/console/{src/**/*,index.html,vite.config.ts,package.json}',
      'packages/{core,sdk}/src/**/*.ts',
      'package-lock.json',
    ],
    { cwd: repository, exclude: ['**/*.test.*'], withFileTypes: true },
  )
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const path of sources)
    hash.update(path.slice(repository.length)).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}

const digest = sourceDigest()
const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest

if (process.argv.includes('--if-needed') && isCurrent) process.exit(0)

console.log('Building the console (a few seconds, once for each version) …')
const began = performance.now()
const { build } = await import('vite')
await build({ root: home, configFile: join(home, 'vite.config.ts'), mode: 'production' })
writeFileSync(stamp, digest)
console.log(`The console is built (${((performance.now() - began) / 1000).toFixed(1)} s).`)
