import { ApiProblem } from '../../../api/problem.ts'
import type { Config } from '../../../api/records.ts'
import type { Format } from '../../../locales/format.ts'
import type { Say } from '../../../locales/words.tsx'
import type { FieldErrors } from './create-key-form.tsx'
import type { Draft, DraftFaults } from './draft.ts'
import { networkText } from './networks-field.tsx'

interface Words {
  readonly say: Say
  readonly format: Pick<Format, 'day'>
}

/** Faults of a draft in words. */
export function faultTexts(faults: DraftFaults, config: Config, { say, format }: Words): FieldErrors {
  const { name, description } = config.fields
  const { expiry, networks, access } = faults
  return {
    ...(faults.name === undefined ? {} : { name: say('createKey.nameMissing', { label: name.label }) }),
    ...(faults.description === undefined
      ? {}
      : { description: say('createKey.nameMissing', { label: description.label }) }),
    ...(faults.type === undefined ? {} : { type: say('createKey.typeMissing', { type: config.words.type.one }) }),
    ...(faults.environment === undefined ? {} : { environment: say('createKey.environmentMissing') }),
    ...(access === undefined
      ? {}
      : { access: say(access === 'missing' ? 'createKey.accessMissing' : 'createKey.accessEmpty') }),
    ...(expiry === undefined
      ? {}
      : {
          expiry:
            expiry.fault === 'missing'
              ? say('createKey.expiryMissing')
              : say('createKey.expiryTooLate', { date: format.day(expiry.lastMs) }),
        }),
    ...(networks === undefined ? {} : { networks: networkText(networks, say) }),
  }
}

const fieldOf: Readonly<Record<string, keyof Draft>> = {
  name: 'name',
  description: 'description',
  type: 'type',
  environment: 'environment',
  grant: 'access',
  preset: 'access',
  expiresAt: 'expiry',
  allowedNetworks: 'networks',
  owner: 'owner',
}

/** What the server found wrong, at the fields that it names; what names no field of the form is for the note below it. */
export function problemTexts(error: unknown): FieldErrors {
  if (!(error instanceof ApiProblem)) return {}
  const errors: FieldErrors = {}
  for (const { pointer, detail } of error.errors) {
    const field = fieldOf[pointer?.replace(/^#?\//, '').split('/')[0] ?? '']
    if (field !== undefined && errors[field] === undefined) errors[field] = detail
  }
  return errors
}

/** Whether everything that the server found wrong is shown at a field. */
export const isAtFields = (error: unknown): boolean =>
  error instanceof ApiProblem &&
  error.errors.length > 0 &&
  error.errors.every(({ pointer }) => fieldOf[pointer?.replace(/^#?\//, '').split('/')[0] ?? ''] !== undefined)
