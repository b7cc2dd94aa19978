import { generateKeyText, isKeyText, problem } from '@keywright/core'
import { Secret } from '../secret.ts'
import type { StorageContext } from './context.ts'
import { credentialRecord, hasOperator, insertGenerated } from './credential-rows.ts'
import type { Caller, Setup } from './ports.ts'

const prefix = 'kws'
const actor = { kind: 'system', id: 'set-up' } as const

/** The one-time link that makes the first operator credential. */
export const setupOf = (context: StorageContext): Setup => ({
  issue: () => issueLink(context),
  isOpen: (token) => isOpen(context, token),
  complete: (token, caller) => completeSetup(context, token, { ...caller, actor }),
})

const digestsOf = ({ digests }: StorageContext, token: string): readonly string[] =>
  digests.candidates('set-up', token).map(({ digest }) => digest)

const issueLink = (context: StorageContext): Promise<Secret | null> =>
  context.write({ actor, requestId: 'start' }, async ({ database, nowMs, append }) => {
    await database.deleteFrom('setup_links').execute()
    if (await hasOperator(database)) return null
    const token = generateKeyText(prefix, null, context.randomBytes)
    const { digest, chain } = context.digests.create('set-up', token)
    await database.insertInto('setup_links').values({ digest, digest_chain: chain, created_at_ms: nowMs }).execute()
    append({ type: 'setup.link_issued', accountId: null, target: { kind: 'installation', id: 'set-up' }, scopes: [] })
    return new Secret(token)
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

async function completeSetup(context: StorageContext, token: string, caller: Caller): ReturnType<Setup['complete']> {
  if (!isKeyText(token)) return problem('setup_closed')
  return await context.write<Awaited<ReturnType<Setup['complete']>>>(caller, async (transaction) => {
    const { database } = transaction
    // Whoever removes the link has it: of two at once the other finds none.
    const taken = await database
      .deleteFrom('setup_links')
      .where('digest', 'in', digestsOf(context, token))
      .returning('digest')
      .execute()
    if (taken.length === 0 || (await hasOperator(database))) return problem('setup_closed')
    await database.deleteFrom('setup_links').execute()
    const { row, secret } = await insertGenerated(context, transaction, {
      kind: 'operator',
      name: 'First operator',
      environment: null,
      audiences: [],
      createdBy: actor,
    })
    return { record: credentialRecord(row), secret, replayed: false }
  })
}
