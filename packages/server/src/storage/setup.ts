import { generateKeyText, isKeyText, problem } from '@keywright/core'
import { Secret } from '../secret.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { credentialRecord, hasOperator, insertGenerated } from './credential-rows.ts'
import type { Caller, Setup } from './ports.ts'

const prefix = 'kws'
/** Who acts while there is no operator yet. */
export const setupActor = { kind: 'system', id: 'set-up' } as const

/** The one-time link that makes the first operator. */
export const setupOf = (context: StorageContext): Setup => ({
  issue: () => issueLink(context),
  isOpen: (token) => isOpen(context, token),
  complete: (token, caller) => completeSetup(context, token, { ...caller, actor: setupActor }),
})

const digestsOf = ({ digests }: StorageContext, token: string): readonly string[] => digests.candidates('set-up', token)

const issueLink = (context: StorageContext): Promise<Secret | null> =>
  context.write({ actor: setupActor, requestId: 'start' }, async ({ database, nowMs, append }) => {
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

/** Uses a set-up link up; false: it is not open. Whoever removes the link has it: of two at once the other finds none. */
export async function takeSetupLink(
  context: StorageContext,
  { database }: WriteTransaction,
  token: string,
): Promise<boolean> {
  const taken = await database
    .deleteFrom('setup_links')
    .where('digest', 'in', digestsOf(context, token))
    .returning('digest')
    .execute()
  if (taken.length === 0 || (await hasOperator(database))) return false
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
