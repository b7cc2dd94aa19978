import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLine, type VitestReport } from './closing-line.ts'
import { judgeRows, writeRows } from './example-rows.ts'
import { repository, run, toolEnvironment } from './run.ts'
import { findServices, judgeServices } from './services.ts'

const soak = process.argv.includes('--soak')
const writesRows = process.argv.includes('--write-rows')
const own = ['--soak', '--write-rows']
const parameters = process.argv.slice(2).filter((parameter) => !own.includes(parameter))
/** Whether every test of the examples runs, on every store, so that their rows can be judged. */
const showsRows =
  (parameters.length === 0 || parameters.join(' ') === '--project examples --project examples-postgres') && !soak

/** A machine without a browser shows no person's rows, and one without the two servers none on them. */
const needed = ['KEYWRIGHT_TEST_CHROMIUM', 'KEYWRIGHT_TEST_POSTGRES', 'KEYWRIGHT_TEST_REDIS']

const services = findServices(process.env)
const { lines, fail } = judgeServices(services, process.env['CI'] === 'true')
for (const line of lines) console.log(line)

const variables: Record<string, string> = soak ? { KEYWRIGHT_SOAK: '1' } : {}
for (const service of services) if (service.found !== undefined) variables[service.variable] = service.found

/** Runs Vitest on the terminal of this process; its report goes to a file, its exit code is returned. */
const vitest = (reportFile: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
    const child = spawn('vitest', ['run', ...reporters, ...parameters], {
      cwd: repository,
      env: toolEnvironment(variables),
      stdio: 'inherit',
    })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })

async function readReport(file: string): Promise<VitestReport | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as VitestReport)
}

const built = await run('node', ['scripts/build-console.ts', '--if-needed'])
if (built.code !== 0) console.error(built.output)

if (fail || built.code !== 0) process.exitCode = 1
else {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-test-'))
  const reportFile = join(folder, 'report.json')
  const code = await vitest(reportFile)
  const report = await readReport(reportFile)
  const judged =
    showsRows && code === 0 && report !== undefined && needed.every((name) => variables[name] !== undefined)
  if (judged && writesRows) writeRows(report)
  const missing = judged ? judgeRows(report) : []
  for (const sentence of missing) console.error(sentence)
  const ended = missing.length > 0 ? 1 : code
  console.log(closingLine(report, ended))
  await rm(folder, { recursive: true })
  process.exitCode = ended
}
