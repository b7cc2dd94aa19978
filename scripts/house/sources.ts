import { findLines, isTest, type SourceFile } from './repository.ts'

/** A rule about the text of committed files, with the complaint that a breach gets. */
export interface SourceRule {
  readonly name: string
  readonly judge: (file: SourceFile) => readonly string[]
}

// The letters in brackets keep these patterns from finding themselves.
const systemNames = /l[e]xey|l[y]nxo|\bud[i]\b|ud[i][ -]?connect|\bdig[a]\b|\bvox[u]m\b/i
const systemFolder = /(?:@keywright\/example-|examples\/)(?:l[e]xey|l[y]nxo|ud[i]-connect|dig[a]|vox[u]m)/gi
const machinePath = /(?:^|[^\w.$}-])\/(?:w[o]rk|r[o]ot|t[m]p)\//
const registryHost =
  /registry\.[n]pmjs|registry\.[y]arnpkg|deb\.[d]ebian\.org|files\.[p]ythonhosted|proxy\.[g]olang|index\.[c]rates\.io/i

/** Prose, end-to-end tests and the bench may point to an example by its folder; its name alone, and anything in product code, may not appear. */
const mayPoint = (path: string): boolean => path.endsWith('.md') || path.startsWith('e2e/') || path.startsWith('bench/')

function withoutPointers(file: SourceFile): SourceFile {
  return mayPoint(file.path) ? { ...file, text: file.text.replaceAll(systemFolder, 'examples/') } : file
}

const skipped = /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/
const conditional = /\.(?:skipIf|runIf)\(/
const named = /\.(?:skipIf|runIf)\([^)]*KEYWRIGHT_(?:TEST_|SOAK)/
const skipInside = /(?:^|[^\w.])(?:\w+\.)?skip\((?!.*['"`])/

function judgeSkips(file: SourceFile): string[] {
  if (!isTest(file.path)) return []
  const lines = (pattern: RegExp, complaint: string) => findLines(file, pattern, complaint)
  const silent = file.text
    .split('\n')
    .flatMap((line, index) =>
      conditional.test(line) && !named.test(line)
        ? [
            `${file.path}:${index + 1}: skipIf and runIf hide the reason: ask for a KEYWRIGHT_TEST_ variable, or call context.skip('because …')`,
          ]
        : [],
    )
  return [
    ...lines(skipped, 'a test may not be narrowed, skipped or postponed'),
    ...silent,
    ...lines(skipInside, 'skip() needs its reason as text'),
  ]
}

/** The rules about sources that no compiler or linter keeps. */
export const sourceRules: readonly SourceRule[] = [
  {
    name: 'no file is called utils',
    judge: (file) =>
      /(?:^|\/)utils?(?:\.test)?\.[cm]?[jt]sx?$|\/utils?\//.test(file.path)
        ? [`${file.path}: name the file after what it does`]
        : [],
  },
  {
    name: 'the example systems are named in examples only',
    judge: (file) =>
      file.path.startsWith('examples/')
        ? []
        : findLines(withoutPointers(file), systemNames, 'the name of an example system'),
  },
  {
    name: 'no path of a machine is committed',
    judge: (file) => (isTest(file.path) ? [] : findLines(file, machinePath, 'a path of a particular machine')),
  },
  {
    name: 'no host of a package registry is committed',
    judge: (file) => findLines(file, registryHost, 'the host of a package registry'),
  },
  { name: 'no test is skipped without a printed reason', judge: judgeSkips },
]
