import * as z from 'zod'
import type { LogEntry } from '../../storage/ports.ts'
import type { Identity } from '../actor.ts'
import { moment, momentOf } from '../fields.ts'
import { ActorWire } from './key.ts'

const changed = z.record(z.string(), z.unknown()).nullable()

/** An entry of the log in an answer. */
export const EventWire = z
  .object({
    number: z.int().describe('Its place in the log, without gaps'),
    epoch: z.string(),
    type: z.string(),
    at: moment,
    actor: ActorWire,
    account: z.string().nullable(),
    target: z.object({ kind: z.string(), id: z.string() }),
    before: changed,
    after: changed,
    reason: z.string().nullable(),
    requestId: z.string(),
    personal: z
      .object({ network: z.string().optional(), userAgent: z.string().optional() })
      .nullable()
      .optional()
      .describe('For operators only; `null` where there was none or it was erased'),
  })
  .meta({ id: 'Event' })

/** An entry as answers say it; where it came from is for operators. */
export const eventWire = (entry: LogEntry, reader: Identity): z.input<typeof EventWire> => ({
  number: entry.number,
  epoch: entry.epoch,
  type: entry.type,
  at: momentOf(entry.atMs),
  actor: entry.actor,
  account: entry.accountId,
  target: entry.target,
  before: entry.before === null ? null : { ...entry.before },
  after: entry.after === null ? null : { ...entry.after },
  reason: entry.reason,
  requestId: entry.requestId,
  ...(reader.kind === 'operator' ? { personal: entry.personal } : {}),
})
