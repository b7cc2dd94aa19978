import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { createVerifier } from '@keywright/sdk'

/** What a checking process is told on its standard input. */
export interface CheckingOrder {
  readonly url: string
  readonly credential: string
  readonly keys: readonly string[]
  /** How many checks have to be accepted. */
  readonly checks: number
  /** How it ends: as an operator ends it, or as a power cut does. */
  readonly end: 'close' | 'kill'
}

/** What it says before it ends. */
export interface CheckingResult {
  readonly accepted: number
  readonly atStake: number
  readonly uncounted: number
}

const checksPerTurn = 500

/** Checks keys in turn in this process, until so many checks were accepted. */
async function run({ url, credential, keys, checks, end }: CheckingOrder): Promise<void> {
  const verifier = createVerifier({ url, credential })
  await verifier.ready()
  let accepted = 0
  for (let turn = 0; accepted < checks; turn++) {
    const decision = await verifier.verify({ key: keys[turn % keys.length] as string })
    if (decision.valid) accepted++
    else if (decision.code === 'UNAVAILABLE') await pause(20)
    else throw new Error(`a check was answered ${decision.code}`)
    if (turn % checksPerTurn === 0) await pause(0)
  }
  if (end === 'close') await verifier.close()
  const { atStake, uncounted } = verifier.state
  const result: CheckingResult = { accepted, atStake, uncounted }
  writeSync(1, `${JSON.stringify(result)}\n`)
  if (end === 'kill') process.kill(process.pid, 'SIGKILL')
}

await run(JSON.parse(await text(process.stdin)) as CheckingOrder)
