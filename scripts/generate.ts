import { generatedFiles, writeStaleFiles } from './generated.ts'

const written = await writeStaleFiles(generatedFiles)
for (const path of written) console.log(`wrote ${path}`)
console.log(`${generatedFiles.length} generated files, ${written.length} written`)
