import { randomBytes } from 'node:crypto'
import { generateKeyText } from '@keywright/core'
import { startChild } from './children.ts'
import { checkAt } from './doors.ts'
import { connections, loadOn } from './load.ts'
import { compare, type Result } from './measure.ts'

/** T12: refusing a key that exists takes as long as refusing one that does not, so that time tells a stranger nothing. */
export async function benchRefusals(): Promise<Result> {
  const door = await startChild('./door-server.ts')
  try {
    const unknown = checkAt(door, generateKeyText('bch', 'prod', randomBytes))
    const revoked = checkAt(door, String(door.message['revoked']))
    return await compare(
      {
        name: `T12: POST /v1/verify of a revoked key against an unknown one, ${connections} connections`,
        unit: 'requests/s',
        aimRatio: 0.8,
        rounds: 5,
      },
      async () => (await loadOn(door, unknown)).requestsPerSecond,
      async () => (await loadOn(door, revoked)).requestsPerSecond,
    )
  } finally {
    await door.stop()
  }
}
