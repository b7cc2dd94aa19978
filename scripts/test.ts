import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLine, type VitestReport } from './closing-line.ts'
import { repository, toolEnvironment } from './run.ts'
import { findServices, judgeServices } from './services.ts'

const soak = process.argv.includes('--soak')
const parameters = process.argv.slice(2).filter((parameter) => parameter !== '--soak')

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

if (fail) process.exitCode = 1
else {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-test-'))
  const reportFile = join(folder, 'report.json')
  const code = await vitest(reportFile)
  console.log(closingLine(await readReport(reportFile), code))
  await rm(folder, { recursive: true })
  process.exitCode = code
}
