import { randomBase62 } from '@keywright/core'

const randomCharacters = 20

/** What each kind of record's id begins with. */
const idPrefixes = {
  account: 'acc_',
  member: 'mem_',
  key: 'key_',
  lineage: 'lin_',
  invitation: 'inv_',
  webhook: 'whk_',
  delivery: 'msg_',
  notice: 'ntc_',
  mail: 'mal_',
} as const

type IdKind = keyof typeof idPrefixes

/** A new id: the prefix of its kind and 20 random base62 characters (119 bits). */
export const newId = (kind: IdKind, randomBytes: (length: number) => Uint8Array): string =>
  idPrefixes[kind] + randomBase62(randomCharacters, randomBytes)

const rest = /^[0-9A-Za-z]{20}$/

/** Whether a text can be an id of this kind; what cannot is not even looked up. */
export const isId = (kind: IdKind, text: string): boolean =>
  text.startsWith(idPrefixes[kind]) && rest.test(text.slice(idPrefixes[kind].length))

/** Whether an id is that of a person who signs in; operators without one are credentials. */
export const isPersonId = (id: string): boolean => id.startsWith('per_')
