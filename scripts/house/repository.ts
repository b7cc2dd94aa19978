import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../run.ts'

/** One text file of the repository, its path with forward slashes from the root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** Every text file that git tracks or would track, so that a guard speaks before the commit; the lockfile is npm's own. */
export function repositoryFiles(): readonly SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
  })
  return listed
    .toString()
    .split('\0')
    .filter((path) => path !== '' && path !== 'package-lock.json' && existsSync(join(repository, path)))
    .map((path) => ({ path, text: readFileSync(join(repository, path), 'utf8') }))
    .filter((file) => !file.text.includes('\0'))
}

/** Whether a path is a test, or part of a suite that tests call; guards on sources leave them out where a bad sample has to be written down somewhere. */
export const isTest = (path: string): boolean => /\.test(?:ing)?\.tsx?$|\/testing\.ts$|\/contract\//.test(path)

/** What a rule finds in one file: `path:line: complaint` for each line that matches. */
export function findLines(file: SourceFile, pattern: RegExp, complaint: string): string[] {
  return file.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${complaint}`] : []))
}
