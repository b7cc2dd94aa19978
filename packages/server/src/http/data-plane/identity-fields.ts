import type { Decision, Grant } from '@keywright/core'

/** The header fields that say whose key it is, all of them on every accepted check: a proxy that finds one absent may let the client's own pass. */
export const identityFieldNames = [
  'X-Auth-Key-Id',
  'X-Auth-Account',
  'X-Auth-External-Id',
  'X-Auth-Environment',
  'X-Auth-Type',
  'X-Auth-Permissions',
] as const

/** The longest list of permissions that is sent: proxies have a few kilobytes for all fields of an answer. */
const permissionsCharactersMax = 2_048

/** A text as a field may hold it: what is not visible ASCII, and the percent sign, as UTF-8 in percent-encoding (RFC 3986). */
export const fieldText = (text: string): string =>
  /^[\x21-\x24\x26-\x7e]*$/.test(text)
    ? text
    : text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]+/g, (run) => encodeURIComponent(run))

const listed = new WeakMap<object, string>()

/** The permissions of a grant with spaces between them, or `unrestricted`; of a list that is too long only those that were asked for. */
function permissionsText(grant: Grant | null, asked: readonly string[]): string {
  if (grant === null) return ''
  if (grant === 'unrestricted') return grant
  let text = listed.get(grant)
  if (text === undefined) {
    text = grant.permissions.join(' ')
    listed.set(grant, text)
  }
  return text.length > permissionsCharactersMax ? asked.join(' ') : text
}

/**
 * Puts the identity of an accepted key behind other fields, names and values in turn. Ids of ours and of the configuration are visible
 * ASCII; were one not, the answer could not be written at all.
 */
export function pushIdentity(fields: string[], decision: Decision, asked: readonly string[]): void {
  const { externalId } = decision
  fields.push(
    identityFieldNames[0],
    decision.keyId ?? '',
    identityFieldNames[1],
    decision.account ?? '',
    identityFieldNames[2],
    externalId === null ? '' : fieldText(externalId),
    identityFieldNames[3],
    decision.environment ?? '',
    identityFieldNames[4],
    decision.type ?? '',
    identityFieldNames[5],
    permissionsText(decision.grant, asked),
  )
}
