import { saltedDigestOn, type TextBytes } from '@keywright/core'

/** What the engine needs of a runtime besides `fetch` and timers. */
export interface Platform {
  /** A one-way function of presented texts, salted at random when it is made. */
  readonly digest: (text: string) => string
  /** A random text of 24 hexadecimal digits. */
  readonly randomText: () => string
}

interface Memory extends TextBytes {
  subarray(start: number, end: number): Memory
}

interface CryptoModule {
  randomBytes(length: number): Uint8Array
  hash?(algorithm: string, bytes: unknown, encoding: string): string
  createHash(algorithm: string): { update(bytes: unknown): { digest(encoding: string): string } }
}

interface BufferModule {
  readonly Buffer: { alloc(length: number): Memory }
}

/** What may be found among the globals of a runtime. */
export interface Globals {
  readonly navigator?: { readonly userAgent?: string }
  readonly EdgeRuntime?: unknown
  readonly process?: { getBuiltinModule?(name: string): unknown }
}

/** Whether a runtime goes on working after an answer was given: Cloudflare Workers and Vercel's edge do not. */
export const worksInBackground = (globals: Globals): boolean =>
  globals.navigator?.userAgent !== 'Cloudflare-Workers' && globals.EdgeRuntime === undefined

/** A module of Node's own. Never imported statically: bundlers for runtimes without it must not look for it. */
async function builtIn(globals: Globals, name: string): Promise<unknown> {
  const found = globals.process?.getBuiltinModule?.(name)
  return found ?? (await import(/* webpackIgnore: true */ /* @vite-ignore */ name))
}

/** SHA-256 as one character for each byte, in one shot where the runtime has that; `undefined` where it has neither. */
function sha256Of(crypto: CryptoModule, { Buffer: Bytes }: BufferModule): ((bytes: unknown) => string) | undefined {
  const ways = [
    (bytes: unknown) => crypto.hash?.('sha256', bytes, 'binary') ?? '',
    (bytes: unknown) => crypto.createHash('sha256').update(bytes).digest('binary'),
  ]
  const isRight = (way: (bytes: unknown) => string): boolean => {
    try {
      // SHA-256 of nothing, FIPS 180-4.
      const digest = way(Bytes.alloc(0))
      return digest.length === 32 && digest.startsWith('\xe3\xb0\xc4\x42')
    } catch {
      return false
    }
  }
  return ways.find(isRight)
}

/** What this runtime lends; `undefined` where nothing can be kept in memory here, so that every check has to be asked. */
export async function findPlatform(globals: Globals): Promise<Platform | undefined> {
  try {
    const crypto = (await builtIn(globals, 'node:crypto')) as CryptoModule
    const buffer = (await builtIn(globals, 'node:buffer')) as BufferModule
    const sha256 = sha256Of(crypto, buffer)
    if (sha256 === undefined) return undefined
    const randomBytes = (length: number): Uint8Array => crypto.randomBytes(length)
    return {
      digest: saltedDigestOn<Memory>({ randomBytes, allocate: (length) => buffer.Buffer.alloc(length), sha256 }),
      randomText: () => Array.from(randomBytes(12), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    }
  } catch {
    return undefined
  }
}
