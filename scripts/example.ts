import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createLogger, readSettings, serve } from 'keywright/embedding'
import type { Demo, Operate } from '../examples/support/demo.ts'
import { repository, run } from './run.ts'

const examples = join(repository, 'examples')
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'demo.ts')))
const [name] = process.argv.slice(2)

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

if (name === undefined || !names.includes(name))
  fail(`Name one of the examples: npm run example -- ${names.join(' | ')}`)
const built = await run('node', ['scripts/build-console.ts', '--if-needed'])
if (built.code !== 0) fail(built.output)

const { demo } = (await import(pathToFileURL(join(examples, name, 'demo.ts')).href)) as { demo: Demo }
const folder = mkdtempSync(join(tmpdir(), `keywright-${name}-`))
const operatorKey = randomBytes(32).toString('hex')
const read = readSettings({
  environment: {
    KEYWRIGHT_PORT: process.env['KEYWRIGHT_PORT'] ?? '0',
    KEYWRIGHT_DATA: folder,
    KEYWRIGHT_CONFIG: join(examples, name, 'keywright.config.ts'),
    KEYWRIGHT_OPERATOR_KEY: operatorKey,
    // The example's own receivers listen on this machine.
    KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  },
  flags: {},
  folder,
})
if (!read.ok) fail(read.problems.join('\n'))
const server = await serve(read.settings, {
  log: createLogger({ level: 'warn', write: (text) => process.stderr.write(text) }),
})

const operate: Operate = async (method, path, body) => {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${operatorKey}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as never
}

const { id: account } = await operate<{ id: string }>('POST', '/v1/accounts', { name: demo.account })
const invited = []
for (const { email, role } of demo.members) {
  const { link } = await operate<{ link: string }>('POST', `/v1/accounts/${account}/invitations`, { email, role })
  invited.push(`  ${email} (${role})\n    ${link}`)
}
const running = await demo.start({ keywrightUrl: server.url, operate, account })

console.log(`Keywright serves ${name} at ${server.url}, in a folder that goes when this ends (Ctrl-C).

Open one of these invitations in a browser to join ${demo.account}; each works once:

${invited.join('\n')}

The customers' help page: ${server.url}/help

${running.lines.join('\n')}`)

const stop = async (): Promise<void> => {
  await running.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
