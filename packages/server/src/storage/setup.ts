import { generateKeyText, isKeyText, problem } from '@keywright/core'
import { Secret } from '../secret.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { credentialRecord, hasOperator, insertGenerated } from './credential-rows.ts'
import type { Caller, Setup } from './ports.ts'

const prefix = 'kws'
/** Who acts while there is no operator yet. */
export const setupActor = { kind: 'system', id: 'set-up' } as const

/**
 * Servers that share a store and were started within this time, in milliseconds, print links that all work, since whoever reads one knows
 * nothing of the others; the start of a later one makes the older links void.
 */
const startedTogetherMs = 3_600_000

/** The one-time link that makes the first operator. */
export function setupOf(context: StorageContext): Setup {
  let issued: IssuedLink | null = null
  return {
    issue: async () => {
      issued = await issueLink(context, issued)
      return issued?.token ?? null
    },
    isOpen: (token) => isOpen(context, token),
    complete: (token, caller) => completeSetup(context, token, { ...caller, actor: setupActor }),
  }
}

const digestsOf = ({ digests }: StorageContext, token: string): readonly string[] => digests.candidates('set-up', token)

interface IssuedLink {
  readonly token: Secret
  readonly digest: string
}

const issueLink = (context: StorageContext, before: IssuedLink | null): Promise<IssuedLink | null> =>
  context.write({ actor: setupActor, requestId: 'start' }, async ({ database, nowMs, append }) => {
    const closed = await hasOperator(database)
    let replaced = database.deleteFrom('setup_links')
    // Where changes do not run side by side, no other server uses the store: what is there is of an earlier start.
    if (!closed && context.capabilities.rowLocks)
      replaced = replaced.where(({ or, eb }) =>
        or([eb('created_at_ms', '<=', nowMs - startedTogetherMs), eb('digest', '=', before?.digest ?? '')]),
      )
    await replaced.execute()
    if (closed) return null
    const token = generateKeyText(prefix, null, context.randomBytes)
    const { digest, chain } = context.digests.create('set-up', token)
    await database.insertInto('setup_links').values({ digest, digest_chain: chain, created_at_ms: nowMs }).execute()
    append({ type: 'setup.link_issued', accountId: null, target: { kind: 'installation', id: 'set-up' }, scopes: [] })
    return { token: new Secret(token), digest }
  })

async function isOpen(context: StorageContext, token: string): Promise<boolean> {
  if (!isKeyText(token)) return false
  const link = await context.read
    .selectFrom('setup_links')
    .select('created_at_ms')
    .where('digest', 'in', digestsOf(context, token))
    .executeTakeFirst()
  return link !== undefined && !(await hasOperator(context.read))
}

/**
 * Uses a set-up link up, and every other one with it; false: it is not open. All of them are locked in one order, so that of two at once, by the
 * same link or by two, the later waits and finds none.
 */
export async function takeSetupLink(
  context: StorageContext,
  { database }: WriteTransaction,
  token: string,
): Promise<boolean> {
  const links = database.selectFrom('setup_links').select('digest').orderBy('digest')
  const open = await (context.capabilities.rowLocks ? links.forUpdate() : links).execute()
  const candidates = digestsOf(context, token)
  if (!open.some(({ digest }) => candidates.includes(digest)) || (await hasOperator(database))) return false
  await database.deleteFrom('setup_links').execute()
  return true
}

async function completeSetup(context: StorageContext, token: string, caller: Caller): ReturnType<Setup['complete']> {
  if (!isKeyText(token)) return problem('setup_closed')
  return await context.write<Awaited<ReturnType<Setup['complete']>>>(caller, async (transaction) => {
    if (!(await takeSetupLink(context, transaction, token))) return problem('setup_closed')
    const { row, secret } = await insertGenerated(context, transaction, {
      kind: 'operator',
      name: 'First operator',
      environment: null,
      audiences: [],
      createdBy: setupActor,
    })
    return { record: credentialRecord(row), secret, replayed: false }
  })
}
