import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { repository } from './run.ts'

const entry = 'virtual:entry'

/** Bytes, minified and gzipped, of a bundle that has nothing but one thing of the SDK and what it needs. */
export async function sdkBundleBytes(name: string): Promise<number> {
  const main = join(repository, 'packages/sdk/src/main.ts')
  const built = await build({
    root: repository,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? `export { ${name} } from ${JSON.stringify(main)}` : null),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  })
  if (!('output' in built)) throw new Error('the bundle was not built')
  const texts = built.output.map((file) => (file.type === 'chunk' ? file.code : ''))
  return gzipSync(texts.join('\n'), { level: 9 }).length
}
