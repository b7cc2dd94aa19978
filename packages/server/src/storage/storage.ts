import { pulsingUsage, pulsingWrite } from './account-changes.ts'
import { accountsOf } from './accounts.ts'
import { checksOf } from './checks.ts'
import { configurationsOf } from './configurations.ts'
import { credentialsOf } from './credentials.ts'
import { insightsOf } from './insights.ts'
import { invitationsOf } from './invitations.ts'
import { keysOf } from './keys/keys.ts'
import { KnownKeys } from './known-keys.ts'
import { headReader } from './log/head.ts'
import { logOf } from './log/log.ts'
import { membersOf } from './members.ts'
import { membershipsOf } from './memberships.ts'
import type { Store } from './open-store.ts'
import { operatorsOf } from './operators.ts'
import { announcerOf, listenToOthers } from './other-processes.ts'
import { noticesOf } from './outbox/notices.ts'
import { outboxOf } from './outbox/outbox.ts'
import { webhooksOf } from './outbox/webhooks.ts'
import type { Storage } from './ports.ts'
import { Pulse, type PulseRelay } from './pulse.ts'
import { quotasOf } from './quotas.ts'
import { readRestoreMark } from './restore-mark.ts'
import { schemaFits } from './schema-versions.ts'
import { setupOf } from './setup.ts'
import { usageOf } from './usage.ts'

/** The whole storage on an open store; its `close` closes the database. `relay` is there where other processes serve the same store. */
export function storageOf(store: Store, relay?: PulseRelay): Storage {
  const { database, log, clock } = store
  const process = Buffer.from(store.context.randomBytes(9)).toString('base64url')
  const pulse = new Pulse(process, () => clock.monotonicMs(), { relay })
  const context = { ...store.context, write: pulsingWrite(store.context.write, pulse) }
  const announcer = announcerOf(database, pulse.process)
  const head = headReader(database, log.signer, clock)
  const knownKeys = new KnownKeys(store, head)
  return {
    accounts: accountsOf(context),
    members: membersOf(context),
    keys: keysOf(context),
    credentials: credentialsOf(context),
    setup: setupOf(context),
    operators: operatorsOf(context),
    memberships: membershipsOf(context),
    invitations: invitationsOf(context),
    insights: insightsOf(store, pulse),
    webhooks: webhooksOf(context, store.webhookBoxes),
    notices: noticesOf(context),
    outbox: outboxOf(store, context, (accountId) => {
      pulse.touch(accountId, 'notices')
      announcer?.tell('notices', [accountId])
    }),
    log: logOf(store, head),
    checks: checksOf(store, head, knownKeys),
    knownKeys,
    quotas: quotasOf(store),
    usage: pulsingUsage(usageOf(store), store.read, pulse, announcer),
    configurations: configurationsOf(store),
    schemaFits: () => schemaFits(database.read),
    hasKeys: async () => (await context.read.selectFrom('keys').select('id').limit(1).executeTakeFirst()) !== undefined,
    listen: (listener) => listenToOthers(database, pulse, listener),
    restoreMark: () => readRestoreMark(context.read),
    close: async () => {
      await knownKeys.close()
      await database.close()
    },
  }
}
