import type { Secret } from '../secret.ts'
import { StartError } from '../start-error.ts'
import type { StorageContext } from './context.ts'
import { insertCredential, removeCredential } from './credential-rows.ts'
import type { Caller } from './ports.ts'

const charactersMin = 32
const charactersMax = 255
const distinctCharactersMin = 10
const creator = { kind: 'system', id: 'operator-key' } as const

/** Fragments that people leave in files: whatever contains one was not drawn at random. */
const wellKnown =
  /change[-_ ]?me|change[-_ ]?this|replace[-_ ]?me|default|password|passw0rd|secret|example|placeholder|operator[-_ ]?key|your[-_ ]|insert[-_ ]|0123456789|1234567890|abcdefghij|qwerty|letmein|keywright/i

/** What is wrong with a value for `KEYWRIGHT_OPERATOR_KEY`, as a sentence that does not repeat it; `undefined`: nothing. */
function operatorKeyFault(text: string): string | undefined {
  const advice = 'set it to the output of: openssl rand -hex 32'
  if (text.length < charactersMin) {
    return `KEYWRIGHT_OPERATOR_KEY has ${text.length} characters, and ${charactersMin} random ones are the fewest; ${advice}`
  }
  if (text.length > charactersMax || !/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) {
    return `KEYWRIGHT_OPERATOR_KEY cannot be sent as a Bearer token (RFC 6750): at most ${charactersMax} letters, digits and -._~+/ may be used; ${advice}`
  }
  if (new Set(text).size < distinctCharactersMin || /^(.{1,16})\1+$/.test(text)) {
    return `KEYWRIGHT_OPERATOR_KEY repeats too few characters to be random; ${advice}`
  }
  if (wellKnown.test(text)) return `KEYWRIGHT_OPERATOR_KEY contains words that are no random text; ${advice}`
  return undefined
}

/** Makes the operator credential of an unattended installation known, once; one that was given before and is another is removed. */
export async function ensureOperatorKey(context: StorageContext, secret: Secret): Promise<void> {
  const text = secret.expose()
  const fault = operatorKeyFault(text)
  if (fault !== undefined) throw new StartError(`${fault}.`)
  const caller: Caller = { actor: creator, requestId: 'start' }
  const digests = context.digests.candidates('credential', text)
  await context.write(caller, async (transaction) => {
    let query = transaction.database.selectFrom('credentials').selectAll().where('kind', '=', 'operator').orderBy('id')
    if (context.capabilities.rowLocks) query = query.forUpdate()
    const operators = await query.execute()
    const given = operators.filter(
      ({ created_by_kind, created_by_id }) => created_by_kind === creator.kind && created_by_id === creator.id,
    )
    for (const old of given) {
      if (!digests.includes(old.digest)) await removeCredential(transaction, old)
    }
    if (operators.some(({ digest }) => digests.includes(digest))) return
    // Nothing of a text that we did not draw is shown: how much of it is random is not known.
    await insertCredential(
      context,
      transaction,
      { kind: 'operator', name: 'KEYWRIGHT_OPERATOR_KEY', environment: null, audiences: [], createdBy: creator },
      text,
      '',
    )
  })
}
