import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfigFile } from './config-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'keywright-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const json =
  '{ "product": { "name": "Example" }, "types": [{ "id": "key", "prefix": "exa", "label": "Key", "audiences": ["api"] }] }'
interface Sample {
  readonly extension: string
  readonly text: string
  /** What the one problem says after the path; absent: the file is loaded. */
  readonly problem?: string
}

const loaded: readonly Sample[] = [
  { extension: 'ts', text: `const name: string = 'Example'\nexport const config = { ...${json}, product: { name } }` },
  { extension: 'ts', text: `export default ${json}` },
  { extension: 'js', text: `export const config = ${json}` },
  { extension: 'mjs', text: `export default ${json}` },
  { extension: 'json', text: `\ufeff${json}` },
  { extension: 'ts', text: `import { defineConfig } from 'keywright'\nexport const config = defineConfig(${json})` },
]

const refused: readonly Sample[] = [
  {
    extension: 'ts',
    text: 'export const config = {\n  a: 1,\n  b: [2,\n}\n',
    problem: ':4: the file cannot be read as TypeScript: Expression',
  },
  {
    extension: 'ts',
    text: 'export const config = {\n  a: 1,\n}\nenum Mode { on }\n',
    problem: ':4: the file cannot be read as TypeScript: TypeScript enum',
  },
  {
    extension: 'js',
    text: 'export const config = {\n  a: 1,\n  b: [2,\n}\n',
    problem: ':4: the file cannot be read as JavaScript',
  },
  { extension: 'json', text: '{\n  "a": 1,\n  "b": [2,\n}\n', problem: ':4: this is not JSON' },
  { extension: 'json', text: '{\n  "a": 1,\n  // no\n}\n', problem: ':3: this is not JSON' },
  { extension: 'json', text: '{\n  "a": 1\n', problem: ':3: this is not JSON' },
  {
    extension: 'ts',
    text: 'export const config = {\n  a: undefined.b\n}\n',
    problem: ':2: the file fails when it is loaded',
  },
  {
    extension: 'ts',
    text: "import { a } from 'not-installed'\nexport const config = a\n",
    problem: ": Cannot find package 'not-installed'",
  },
  { extension: 'js', text: 'export const settings = {}', problem: ': the file exports no configuration' },
  { extension: 'yaml', text: 'a: 1', problem: ': a configuration file ends in .ts, .js or .json' },
]

const samples = [...loaded, ...refused]
const pathOf = (sample: Sample) => join(folder, `keywright.config.${samples.indexOf(sample)}.${sample.extension}`)

interface Result {
  readonly prefix?: string
  readonly problems: readonly string[]
}

// Vitest puts its own loader before every import, so the files are loaded by Node itself, all by one process.
async function loadAll(): Promise<{ readonly results: readonly Result[]; readonly complaints: string }> {
  for (const sample of samples) writeFileSync(pathOf(sample), sample.text)
  const script = `
    import { loadConfigFile } from ${JSON.stringify(new URL('config-file.ts', import.meta.url).href)}
    const results = []
    for (const path of ${JSON.stringify(samples.map(pathOf))}) {
      const result = await loadConfigFile(path)
      results.push(result.ok ? { prefix: result.config.types[0].prefix, problems: [] } : { problems: result.problems })
    }
    console.log(JSON.stringify(results))`
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, output, complaints) => {
      if (error === null) resolve({ results: JSON.parse(output) as Result[], complaints })
      else reject(error)
    })
  })
}

const all = await loadAll()
const resultOf = (sample: Sample) => all.results[samples.indexOf(sample)]

test.each(loaded)('a .$extension file is loaded as it is: $text', (sample) => {
  expect(resultOf(sample)).toEqual({ prefix: 'exa', problems: [] })
})

test.each(refused)('a .$extension file that cannot be loaded is named, with its line:$problem', (sample) => {
  expect(resultOf(sample)?.problems).toEqual([expect.stringContaining(`${pathOf(sample)}${sample.problem}`)])
})

test('loading says nothing by itself', () => {
  expect(all.complaints).toBe('')
})

test('the starter configuration is valid', async () => {
  const result = await loadConfigFile(null)
  expect(result.ok && result.config.types).toMatchObject([{ prefix: 'key', audiences: ['api'] }])
})

test('a wrong configuration names file, path, value and fix, all faults at once', async () => {
  const path = join(folder, 'wrong.json')
  writeFileSync(path, json.replace('"exa"', '"Exa!"').replace('"Example"', '7'))
  const result = await loadConfigFile(path)
  const problems = result.ok ? [] : result.problems
  expect(problems).toHaveLength(2)
  expect(problems.join('\n')).toContain(
    `${path}: types[0].prefix does not have the right shape (found: "Exa!").\n  To mend it: `,
  )
})

test('a file that is named and not there is said so', async () => {
  const result = await loadConfigFile(join(folder, 'nowhere.ts'))
  expect(result).toEqual({
    ok: false,
    problems: [expect.stringMatching(/nowhere\.ts: there is no such file\..*KEYWRIGHT_CONFIG/)],
  })
})
