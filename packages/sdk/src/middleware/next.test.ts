import { spawn } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { middlewareCases, type Targets } from './cases.testing.ts'
import { keywright, requires } from './next.ts'

const home = fileURLToPath(new URL('../fixtures/next-app', import.meta.url))
interface NextApplication {
  prepare(): Promise<void>
  getRequestHandler(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
  close(): Promise<void>
}

// Its declarations do not say that the module itself is the function.
const next: (options: { dev: boolean; dir: string; hostname: string; quiet: boolean }) => NextApplication =
  createRequire(import.meta.url)('next')
const nextCommand = fileURLToPath(import.meta.resolve('next/dist/bin/next'))

/** Builds the application as an adopter would. Next must not send, install or change anything on the way. */
async function build(targets: Targets): Promise<void> {
  // Finding TypeScript, Next would install packages into the workspace and write a tsconfig.json.
  const found = globSync('{tsconfig.json,app/**/*.{ts,tsx}}', { cwd: home })
  if (found.length > 0)
    throw new Error(`${found.join(', ')}: the routes of the fixture must be JavaScript, or Next runs npm install`)
  Object.assign(process.env, {
    NEXT_TELEMETRY_DISABLED: '1',
    NEXT_IGNORE_INCORRECT_LOCKFILE: '1',
    KEYWRIGHT_TEST_TARGETS: JSON.stringify(targets),
  })
  const child = spawn(process.execPath, [nextCommand, 'build', home], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
  const code = await new Promise((resolve) => void child.on('close', resolve))
  if (code !== 0) throw new Error(`next build failed: ${output}`)
}

const dedupes =
  'Node keeps the first Authorization line, and Next hands routes what Node kept: the second is gone before any code of a route runs'
const skips = {
  'two Authorization lines: 400, never "the first wins"': dedupes,
  'the same Authorization line twice: 400': dedupes,
  'the address of the connection is passed on': 'Next does not tell a route handler the address of the connection',
  'a route that requires something while nobody guards it answers 500 and does not run':
    'a requirement is an argument of the guard here, so that there is nothing to forget',
}

middlewareCases(
  'next route handlers',
  async (_verifiers, targets) => {
    await build(targets)
    const app = next({ dev: false, dir: home, hostname: '127.0.0.1', quiet: true })
    await app.prepare()
    const handle = app.getRequestHandler()
    const server = createServer((request, response) => void handle(request, response))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      close: async () => {
        await new Promise((resolve) => {
          server.close(resolve)
          server.closeAllConnections()
        })
        await app.close()
        rmSync(join(home, 'dist'), { recursive: true })
      },
    }
  },
  skips,
)

test('T18: the exported route refuses by itself, with any internal header, and passes params on', async () => {
  const withApiKey = keywright({ verifier: { verify: () => expect.unreachable() } })
  const GET = withApiKey(
    async (_request, _caller, { params }: { params: Promise<{ id: string }> }) => new Response((await params).id),
    requires('jobs.view'),
  )
  const headers = { 'x-middleware-subrequest': 'src/middleware:src/middleware', 'x-middleware-next': '1' }
  const answer = await GET(new Request('https://api.example.test/jobs/7', { headers }), {
    params: Promise.resolve({ id: '7' }),
  })
  expect(answer.status).toBe(401)
})
