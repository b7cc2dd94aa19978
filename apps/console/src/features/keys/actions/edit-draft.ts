import type { Config, Key } from '../../../api/records.ts'
import { accessOfKey, type Draft, type DraftFaults, faultsOf, firstDraft, grantOf } from '../create/draft.ts'
import { dateField, type Expiry, expiryChoices, expiryFault, expiryToSend } from '../create/expiry.ts'

/** A key that is being edited: as a new one, with an expiry that stays as it is until another is chosen, and any owner. */
export interface EditDraft extends Omit<Draft, 'owner'> {
  /** A member's id; `null`: a service key. */
  readonly owner: string | null
  readonly isExpiryTouched: boolean
}

const expiryOf = ({ expiresAt }: Pick<Key, 'expiresAt'>): Expiry =>
  expiresAt === null ? { kind: 'never' } : { kind: 'date', date: dateField(Date.parse(expiresAt)) }

/** What a key holds, to be edited. */
export const editDraft = (key: Key, config: Config): EditDraft => ({
  ...firstDraft(config),
  name: key.name ?? '',
  description: key.description ?? '',
  type: key.type,
  environment: key.environment,
  ...accessOfKey(key, config),
  expiry: expiryOf(key),
  networks: key.allowedNetworks ?? [],
  owner: key.owner,
  isExpiryTouched: false,
})

/** Everything that is wrong with an edited key before it is sent. What is not edited is not judged. */
export function editFaults(draft: EditDraft, key: Key, config: Config, nowMs: number): DraftFaults {
  const {
    type: _type,
    environment: _environment,
    expiry: _expiry,
    access,
    ...faults
  } = faultsOf({ ...draft, owner: 'service' }, config, nowMs)
  const choices = expiryChoices(config)
  const expiry =
    draft.isExpiryTouched && choices !== null
      ? expiryFault(draft.expiry, choices, { nowMs, bornMs: Date.parse(key.createdAt) })
      : null
  return {
    ...faults,
    ...(access !== undefined && isGrantChanged(draft, key, config) ? { access } : {}),
    ...(expiry === null ? {} : { expiry }),
  }
}

const textOf = (value: unknown): string => JSON.stringify(value)

function isGrantChanged(draft: EditDraft, key: Key, config: Config): boolean {
  const before = editDraft(key, config)
  return (
    textOf([draft.access, draft.access?.kind === 'custom' ? draft.model : null]) !==
    textOf([before.access, before.access?.kind === 'custom' ? before.model : null])
  )
}

function grantChange(draft: EditDraft, key: Key, config: Config): object {
  if (!config.grants.editable || !isGrantChanged(draft, key, config) || draft.access === null) return {}
  if (draft.access.kind === 'preset') return { preset: draft.access.id }
  return { grant: grantOf({ ...draft, owner: 'service' }, config) }
}

/** The members that an edit changes, and no others: absent keeps, `null` clears, a value sets. */
export function changesOf(
  draft: EditDraft,
  key: Key,
  config: Config,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
  const { fields } = config
  const choices = expiryChoices(config)
  const networks = draft.networks.length === 0 ? null : draft.networks
  const wasNowhere = key.allowedNetworks?.length === 0 && networks === null
  return {
    ...(fields.name.presence === 'absent' || orNull(draft.name) === key.name ? {} : { name: orNull(draft.name) }),
    ...(fields.description.presence === 'absent' || orNull(draft.description) === key.description
      ? {}
      : { description: orNull(draft.description) }),
    ...grantChange(draft, key, config),
    ...(textOf(networks) === textOf(key.allowedNetworks) || wasNowhere ? {} : { allowedNetworks: networks }),
    ...(draft.isExpiryTouched && choices !== null
      ? { expiresAt: expiryToSend(draft.expiry, choices, { nowMs, bornMs: Date.parse(key.createdAt) }) }
      : {}),
    ...(draft.owner === key.owner ? {} : { owner: draft.owner }),
  }
}
