import { randomBytes, randomInt } from 'node:crypto'
import { generateKeyText } from '@keywright/core'
import { endWithParent } from './endings.ts'
import { sendPaced } from './flood/paced-client.ts'

endWithParent()
// Presents distinct well-formed keys that do not exist, each from another address, so that nobody is slowed down for having guessed before.
const [port, credential = '', ratePerSecond, count] = process.argv.slice(2)
const address = () => Array.from({ length: 4 }, () => randomInt(1, 224)).join('.')
const unknown = () =>
  JSON.stringify({ key: generateKeyText('bch', 'prod', randomBytes), permissions: ['jobs.view'], ip: address() })
// Made before the first is sent: whoever sends shares the machine with the server.
const bodies = Array.from({ length: Number(count) }, unknown)

process.send?.({ started: true })
const { perSecond } = await sendPaced(
  {
    port: Number(port),
    credential,
    connections: 32,
    body: (index) => String(bodies[index]),
    expect: (body) => {
      if (!body.includes('"code":"NOT_FOUND"')) throw new Error(`an unknown key was answered ${body}`)
    },
  },
  { ratePerSecond: Number(ratePerSecond), requests: Number(count), durationMs: Number.POSITIVE_INFINITY },
)
process.send?.({ perSecond })
