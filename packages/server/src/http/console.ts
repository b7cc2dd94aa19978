import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { html, page, pagePolicy } from './html.ts'

/** A page as it is sent, with the headers that belong to it. */
export interface ConsolePage {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The built console: static files and the one page that its router fills. */
export interface Console {
  /** The page, with a fresh nonce in it and in its policy. */
  readonly page: () => ConsolePage
  /** Answers the console's own addresses; false for every other one, having touched nothing. */
  readonly door: (request: IncomingMessage, response: ServerResponse) => boolean
}

interface Asset {
  readonly type: string
  readonly bytes: Buffer
  /** `null`: packed already. */
  readonly gzip: Buffer | null
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

const placeholder = '__KEYWRIGHT_NONCE__'
const nonceBytes = 18

/** Where the build puts the console. */
const consoleFolder = fileURLToPath(new URL('../../console/', import.meta.url))

/** The addresses of the console's router; those of set-up are the management plane's, which knows whether the link is open. */
const pages = /^\/(?:|sign-in|new-password|invitation|profile|(?:accounts|operator)(?:\/[A-Za-z0-9_/-]*)?)$/

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Whether an address is of the console: a page of its router or a file of its build. */
export const isConsoleAddress = (path: string): boolean => pages.test(path) || path.startsWith('/assets/')

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const name of readdirSync(join(folder, 'assets'))) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const bytes = readFileSync(join(folder, 'assets', name))
    assets.set(`/assets/${name}`, { type, bytes, gzip: type.startsWith('font/') ? null : gzipSync(bytes) })
  }
  return assets
}

const common = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

const notBuilt = (): ConsolePage => ({
  status: 503,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': pagePolicy,
    'Cache-Control': 'no-store',
  },
  body: page(
    'The console is not built',
    html`<h1>The console is not built</h1>
<p>Run <code>npm run build:console</code> and start the server again; <code>npm start</code> does both. The API and the command line work without it.</p>`,
  ),
})

/** Opens the console that lies in a folder; without one its addresses say what to do. `secure`: the server is reached by https alone. */
export function openConsole({
  folder = consoleFolder,
  secure = false,
}: {
  readonly folder?: string
  readonly secure?: boolean
} = {}): Console {
  const file = join(folder, 'index.html')
  const template = existsSync(file) ? readFileSync(file, 'utf8') : null
  const assets = template === null ? new Map<string, Asset>() : readAssets(folder)
  const transport: Readonly<Record<string, string>> = secure
    ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' }
    : {}

  const consolePage = (): ConsolePage => {
    if (template === null) return notBuilt()
    const nonce = randomBytes(nonceBytes).toString('base64')
    return {
      status: 200,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy(nonce),
        'Cache-Control': 'no-store',
      },
      body: template.replaceAll(placeholder, nonce),
    }
  }

  return {
    page: consolePage,
    door: (request, response) => {
      const path = (request.url ?? '').split('?', 1)[0] as string
      const reads = request.method === 'GET' || request.method === 'HEAD'
      if (!reads) return false
      const asset = assets.get(path)
      if (asset !== undefined) sendAsset(request, response, asset, transport)
      else if (pages.test(path)) sendPage(request, response, consolePage(), transport)
      else return false
      return true
    },
  }
}

function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  { type, bytes, gzip }: Asset,
  transport: Readonly<Record<string, string>>,
): void {
  const packed = gzip !== null && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = packed ? (gzip as Buffer) : bytes
  response.writeHead(200, {
    ...common,
    ...transport,
    'Content-Type': type,
    'Content-Length': body.length,
    // Its name changes with its contents.
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    ...(packed ? { 'Content-Encoding': 'gzip' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: ConsolePage,
  transport: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...common, ...transport, ...headers, 'Content-Length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
