import { compileLimit, type EngineLimiter } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { LineLog } from '../log.ts'
import type { Secret } from '../secret.ts'
import { addressOf } from './address.ts'
import { RedisConnection } from './connection.ts'
import { type LimitsOutage, RedisLimits } from './limits.ts'
import { keyNames } from './names.ts'
import { redisLimitScript } from './script.ts'
import { scriptArguments } from './wire.ts'

/** How limits that are counted in Redis stand, for readiness and metrics. */
export interface LimitsState {
  readonly mode: 'exact' | LimitsOutage
  /** What is wrong with Redis, as a sentence's end; `null`: nothing. */
  readonly fault: string | null
  /** Checks that this process counted alone. */
  readonly countedAlone: number
  /** Takings that may stay counted in Redis although their checks were answered otherwise. */
  readonly unsettled: number
}

/** Limits that are counted in Redis, with the connection to it. */
export interface OpenLimits {
  readonly limiter: EngineLimiter
  readonly state: () => LimitsState
  close(): Promise<void>
}

/** What they are opened with. */
export interface LimitsParts {
  readonly url: Secret
  readonly outage: LimitsOutage
  readonly freshnessMs: number
  /** A secret of the installation, over which names in Redis are made. */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly log: LineLog
}

// However old memory may be: a connection that hangs is given up in time to mend within five seconds.
const waitMsMax = 1_500
/** The probe takes from a limit of its own, so that it does all that a check needs. */
const probeRates = [compileLimit({ name: 'probe', limit: 1_000_000, windowSeconds: 1 })]

const consequences: Readonly<Record<LimitsOutage, string>> = {
  refuse: 'Checks of limited keys are answered with 503 until it is back.',
  local: 'This process counts limits alone until it is back.',
}

/** Opens limits that are counted in Redis. It need not be there: what it takes then is said by the log, and it is tried again and again. */
export async function openRedisLimits(parts: LimitsParts): Promise<OpenLimits> {
  const { url, outage, freshnessMs, secret, clock, log } = parts
  const waitMs = Math.min(freshnessMs / 2, waitMsMax)
  const names = keyNames(secret)
  const probe = [{ owner: 'probe', rates: probeRates }]
  const connection = new RedisConnection({
    address: addressOf(url),
    probe: (redis) => redis.run(redisLimitScript, [names('probe')], scriptArguments('take', probe, 1)),
    waitMs,
    changed: (fault) => {
      if (fault === null) log.info({}, 'Redis answers: limits are exact over all processes that share it.')
      else log.error({ reason: fault }, `Redis is out of reach. ${consequences[outage]}`)
    },
  })
  const limiter = new RedisLimits({ connection, names, outage, clock, waitMs })
  await connection.start()
  return {
    limiter,
    state: () => ({
      mode: connection.isUp ? 'exact' : outage,
      fault: connection.fault,
      countedAlone: limiter.countedAlone,
      unsettled: limiter.unsettled,
    }),
    close: () => connection.close(),
  }
}
