import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { generatedFiles, staleFiles } from './generated.ts'
import { type Finished, repository, run } from './run.ts'

/** One step of the check: the name on its line, and what it does. */
interface Step {
  readonly name: string
  readonly work: () => Promise<Finished>
}

async function compareGenerated(): Promise<Finished> {
  const began = performance.now()
  const stale = await staleFiles(generatedFiles)
  const output = stale
    .map((path) => `${path} is not what the code makes now: run \`npm run generate\` and commit it`)
    .join('\n')
  return { code: stale.length === 0 ? 0 : 1, output, elapsedMs: performance.now() - began }
}

function compilerSteps(): Step[] {
  const projects = globSync('{packages/*,apps/*,examples,bench,e2e,scripts}/tsconfig*.json', { cwd: repository }).sort()
  return projects.flatMap((project) => {
    const folder = dirname(project)
    const wanted = project.endsWith('tsconfig.test.json') ? '**/*.test.ts' : '**/*.{ts,tsx}'
    const sources = globSync(wanted, { cwd: `${repository}/${folder}`, exclude: ['**/node_modules', 'dist'] })
    if (sources.length > 0) return [{ name: `tsc ${project}`, work: () => run('tsc', ['-p', project]) }]
    console.log(`–  tsc ${project}: there is no source file in ${folder}`)
    return []
  })
}

const steps: readonly Step[] = [
  {
    name: 'biome (format and lint)',
    work: () => run('biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.']),
  },
  { name: 'oxlint (type-aware)', work: () => run('oxlint', ['--type-aware', '--deny-warnings']) },
  {
    name: 'knip (unused files, exports, dependencies)',
    work: () => run('knip', ['--no-progress', '--treat-config-hints-as-errors']),
  },
  ...compilerSteps(),
  { name: `generated files (${generatedFiles.length} registered in scripts/generated.ts)`, work: compareGenerated },
]

async function report(step: Step): Promise<boolean> {
  const { code, output, elapsedMs } = await step.work()
  const seconds = `${(elapsedMs / 1000).toFixed(1)} s`
  console.log(code === 0 ? `✓  ${step.name}  ${seconds}` : `✗  ${step.name}  ${seconds}\n\n${output.trimEnd()}\n`)
  return code === 0
}

const waiting = [...steps]
const failed: string[] = []
const worker = async () => {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
    if (!(await report(step))) failed.push(step.name)
}
await Promise.all(Array.from({ length: Math.max(2, Math.min(4, availableParallelism())) }, worker))

if (failed.length > 0) {
  console.error(`check failed: ${failed.length} of ${steps.length} steps: ${failed.join(', ')}`)
  process.exitCode = 1
} else console.log(`check passed: ${steps.length} steps`)
