import { createHash } from 'node:crypto'
import {
  canonicalJson,
  configMisfits,
  describeConfigChange,
  type KeywrightConfig,
  type ResolvedConfig,
} from '@keywright/core'
import type { Kysely } from 'kysely'
import { dataUse } from './data-use.ts'
import { fromJson, toJson } from './json.ts'
import { readHead } from './log/append.ts'
import type { Store } from './open-store.ts'
import type { Configurations } from './ports.ts'
import type { Schema } from './schema.ts'

/** The hash of a configuration as it was given: SHA-256 of its canonical JSON (RFC 8785), hexadecimal. */
export const configurationHash = ({ source }: ResolvedConfig): string =>
  createHash('sha256').update(canonicalJson(source)).digest('hex')

/** The configuration in force, as the log has it. */
export const configurationsOf = ({ context, read, log }: Store): Configurations => ({
  current: () => currentConfiguration(read),
  misfits: async (config) => {
    // What is stored was made under the configuration in force: where it is the same, a million keys need not be read.
    if ((await currentConfiguration(read))?.hash === configurationHash(config)) return []
    return configMisfits(config, await dataUse(read, await context.now()))
  },
  apply: async (config, caller) => {
    const hash = configurationHash(config)
    return await context.write(caller, async ({ database, nowMs, append }) => {
      // The head is locked first here: two nodes that start at once agree on which of them changes what.
      const head = await readHead(database, log.rowLocks)
      const before = await currentConfiguration(database)
      if (before?.hash === hash) return { hash, changed: false }
      const applied = { number: head.number + 1, applied_at_ms: nowMs }
      await database
        .insertInto('configurations')
        .values({ hash, source_json: toJson(config.source), ...applied })
        .onConflict((conflict) => conflict.column('hash').doUpdateSet(applied))
        .execute()
      append({
        type: 'config.applied',
        accountId: null,
        target: { kind: 'config', id: hash },
        scopes: ['all'],
        ...(before === null ? {} : { before: { hash: before.hash } }),
        after: { hash, changes: describeConfigChange(before?.source ?? null, config.source) },
      })
      return { hash, changed: true }
    })
  },
})

async function currentConfiguration(
  database: Kysely<Schema>,
): Promise<{ readonly hash: string; readonly source: KeywrightConfig } | null> {
  const row = await database
    .selectFrom('configurations')
    .select(['hash', 'source_json'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : { hash: row.hash, source: fromJson<KeywrightConfig>(row.source_json) }
}
