import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const source = resolve(import.meta.dirname, '..')

/** Which packages of OpenTelemetry a module brings along, besides the interfaces that the sign-in library knows. */
async function broughtBy(file: string): Promise<readonly string[]> {
  const program = `
    import { registerHooks } from 'node:module'
    const found = new Set()
    registerHooks({
      resolve(specifier, context, next) {
        const resolved = next(specifier, context)
        const name = /@opentelemetry\\/([\\w-]+)/.exec(resolved.url)?.[1]
        if (name !== undefined && name !== 'api' && name !== 'semantic-conventions') found.add(name)
        return resolved
      },
    })
    await import(${JSON.stringify(resolve(source, file))})
    console.log(JSON.stringify([...found]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  return JSON.parse(stdout) as readonly string[]
}

test('a server that traces nothing loads nothing of OpenTelemetry', { timeout: 120_000 }, async () => {
  expect(await broughtBy('server.ts')).toEqual([])
  expect(await broughtBy('cli/commands/serve.ts')).toEqual([])
  expect(await broughtBy('tracing/open.ts')).toContain('sdk-trace')
})
