import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { formatConfigError, type ResolvedConfig, validateConfig } from '@keywright/core'
import { config as starter } from './starter.config.ts'

/** A configuration and what to call it, or one block of text for each thing that is wrong with it. */
export type ConfigFileResult =
  | { readonly ok: true; readonly config: ResolvedConfig; readonly name: string }
  | { readonly ok: false; readonly problems: readonly string[] }

type Taken = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string }

const refuse = (problem: string): Taken => ({ ok: false, problem })

/** Loads and checks a configuration file (`.ts`, `.js`, `.mts`, `.mjs` or `.json`); `null` is the starter configuration. It never throws on a wrong file. */
export async function loadConfigFile(path: string | null): Promise<ConfigFileResult> {
  const name = path ?? 'the starter configuration'
  const taken: Taken = path === null ? { ok: true, value: starter } : await take(path)
  if (!taken.ok) return { ok: false, problems: [taken.problem] }
  const validation = validateConfig(taken.value)
  if (validation.ok) return { ok: true, config: validation.config, name }
  return { ok: false, problems: validation.errors.map((error) => `${name}: ${formatConfigError(error)}`) }
}

async function take(path: string): Promise<Taken> {
  if (!existsSync(path))
    return refuse(`${path}: there is no such file. Write it, or correct KEYWRIGHT_CONFIG or --config.`)
  if (!statSync(path).isFile()) return refuse(`${path}: this is not a file. Name the configuration file itself.`)
  const extension = extname(path)
  if (extension === '.json') return takeJson(path)
  if (['.ts', '.mts', '.js', '.mjs'].includes(extension)) return takeModule(path)
  return refuse(`${path}: a configuration file ends in .ts, .js or .json.`)
}

function takeJson(path: string): Taken {
  const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    const line = text.slice(0, jsonFaultAt(text)).split('\n').length
    return refuse(
      `${path}:${line}: this is not JSON from here on. Correct the line, or the one before it (no comments, no comma after the last item).`,
    )
  }
}

/** Where a text stops being the beginning of some JSON; V8 names the place for some faults only. */
function jsonFaultAt(text: string): number {
  const begins = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length))
      return true
    } catch (error) {
      const message = error instanceof Error ? error.message : ''
      const position = /at position (\d+)/.exec(message)?.[1]
      return /^Unexpected end|^Unterminated/.test(message) || (position !== undefined && Number(position) >= length)
    }
  }
  if (begins(text.length)) return text.length
  let sound = 0
  let faulty = text.length
  while (faulty - sound > 1) {
    const middle = (sound + faulty) >> 1
    if (begins(middle)) sound = middle
    else faulty = middle
  }
  return sound
}

async function takeModule(path: string): Promise<Taken> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = await importFile(path)
  } catch (error) {
    return refuse(await explain(path, error))
  }
  const value = module['config'] ?? module['default']
  if (value !== undefined) return { ok: true, value }
  return refuse(`${path}: the file exports no configuration. Write \`export const config = defineConfig({ … })\`.`)
}

async function importFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const url = pathToFileURL(path).href
  // Where the package is not installed beside the file (a mounted file, a global installation), `keywright` is still what the file means.
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        if (specifier !== 'keywright' || context.parentURL !== url) throw error
        return {
          url: 'data:text/javascript,export const defineConfig = (config) => config',
          format: 'module',
          shortCircuit: true,
        }
      }
    },
  })
  const emitWarning: unknown = Reflect.get(process, 'emitWarning')
  // That a folder has no package.json with "type" concerns nobody who writes one configuration file.
  const quiet = (...parameters: unknown[]): void => {
    if (JSON.stringify(parameters).includes('MODULE_TYPELESS_PACKAGE_JSON')) return
    if (typeof emitWarning === 'function') Reflect.apply(emitWarning, process, parameters)
  }
  process.emitWarning = quiet
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning)
    hooks.deregister()
  }
}

async function explain(path: string, error: unknown): Promise<string> {
  const message = error instanceof Error ? error.message.split('\n')[0] : 'it threw something that is no error'
  if (error instanceof SyntaxError) {
    const line = lineIn(path, error.stack ?? '') ?? lineIn(path, await checkSyntax(path))
    return `${path}${line === undefined ? '' : `:${line}`}: the file cannot be read as ${/\.m?ts$/.test(path) ? 'TypeScript' : 'JavaScript'}: ${message}. Correct the line, or the one before it.`
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_MODULE_NOT_FOUND') return `${path}: ${message}. Install the package or correct the import.`
  const line = lineIn(path, error instanceof Error ? (error.stack ?? '') : '')
  return `${path}${line === undefined ? '' : `:${line}`}: the file fails when it is loaded: ${message}. Correct the line.`
}

function lineIn(path: string, trace: string): string | undefined {
  for (const line of trace.split('\n')) {
    for (const place of [path, pathToFileURL(path).href]) {
      const at = line.indexOf(`${place}:`)
      if (at !== -1) return /^\d+/.exec(line.slice(at + place.length + 1))?.[0]
    }
  }
  return undefined
}

/** What Node says of a file's syntax. An import that fails names no line for JavaScript. */
function checkSyntax(path: string): Promise<string> {
  return new Promise((done) =>
    execFile(process.execPath, ['--check', fileURLToPath(pathToFileURL(path))], (_error, _output, complaint) =>
      done(complaint),
    ),
  )
}
