import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cliDocument, settingsDocument } from '../packages/server/src/cli/documents.ts'
import { benchmarkFiles } from './benchmarks-files.ts'
import { configurationDocument } from './configuration-document.ts'
import { repository } from './run.ts'

/** A committed file that is made from code: where it lies in the repository, and its whole text. */
export interface GeneratedFile {
  readonly path: string
  readonly produce: () => Promise<string>
}

/** Every committed file that is made from code. Add a row here; `npm run generate` writes it, `npm run check` compares it. */
export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'docs/configuration.md', produce: configurationDocument },
  { path: 'docs/settings.md', produce: async () => settingsDocument() },
  { path: 'docs/cli.md', produce: async () => cliDocument() },
  ...benchmarkFiles(),
]

/** The paths of those files whose committed text differs from what the code makes now; a missing file counts as different. */
export async function staleFiles(files: readonly GeneratedFile[], root: string = repository): Promise<string[]> {
  const stale: string[] = []
  for (const file of files) {
    const committed = await readFile(join(root, file.path), 'utf8').catch(() => undefined)
    if (committed !== (await file.produce())) stale.push(file.path)
  }
  return stale
}

/** Writes every generated file that is not current and returns the paths written. */
export async function writeStaleFiles(files: readonly GeneratedFile[], root: string = repository): Promise<string[]> {
  const stale = await staleFiles(files, root)
  for (const file of files) if (stale.includes(file.path)) await writeFile(join(root, file.path), await file.produce())
  return stale
}
