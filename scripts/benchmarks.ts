import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { benchmarkFiles } from './benchmarks-files.ts'
import { writeStaleFiles } from './generated.ts'
import { repository } from './run.ts'

const files = benchmarkFiles()
mkdirSync(join(repository, 'docs/benchmarks'), { recursive: true })
const written = await writeStaleFiles(files)
for (const path of written) console.log(`wrote ${path}`)
console.log(`${files.length} files of the benchmarks, ${written.length} written`)
