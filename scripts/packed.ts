import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importsOf } from './house/layers.ts'
import { type Finished, run } from './run.ts'

/** The imports in a built folder that an empty project could not resolve: everything but its own files and the modules of Node. Types are left out. */
export function foreignImports(folder: string): string[] {
  return globSync('**/*.js', { cwd: folder }).flatMap((path) =>
    importsOf(readFileSync(join(folder, path), 'utf8'))
      .filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'))
      .map(({ target }) => `${path} imports ${target}`),
  )
}

/** Installs a built folder under its package name in an empty project and imports each entry in a plain Node; fails where one is missing or exports nothing. */
export async function importFromEmptyProject(
  folder: string,
  entries: readonly string[],
  name: string,
): Promise<Finished> {
  const project = mkdtempSync(join(tmpdir(), 'keywright-packed-'))
  const home = join(project, 'node_modules', name)
  mkdirSync(home, { recursive: true })
  cpSync(folder, home, { recursive: true })
  const script = `for (const entry of ${JSON.stringify(entries)}) {
    const found = Object.keys(await import(entry))
    if (found.length === 0) throw new Error(entry + ' exports nothing')
    console.log('imported ' + entry + ': ' + found.join(', '))
  }`
  const finished = await run(process.execPath, ['--input-type=module', '--eval', script], project)
  rmSync(project, { recursive: true })
  return finished
}
