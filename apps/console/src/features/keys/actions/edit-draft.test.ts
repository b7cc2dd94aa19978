import { describe, expect, test } from 'vitest'
import type { Config, Key } from '../../../api/records.ts'
import { changesOf, editDraft, editFaults } from './edit-draft.ts'

const nowMs = Date.UTC(2026, 10, 21, 12)
const config = {
  fields: {
    name: { presence: 'optional', label: 'Name', hint: null, advice: null },
    description: { presence: 'optional', label: 'Note', hint: null },
  },
  types: [
    { id: 'api', label: 'API', description: null, prefix: 'x', audiences: ['api'], fixedGrant: null, example: null },
  ],
  defaultType: 'api',
  environments: [],
  defaultEnvironment: null,
  resources: [
    { id: 'jobs', label: 'Jobs', verbs: ['view', 'edit'], levels: [], instances: null, group: null, description: null },
  ],
  presets: [{ id: 'reader', label: 'Reader', description: null, grant: { permissions: ['jobs.view'] } }],
  grants: { unrestricted: 'offered', unrestrictedPreset: null, custom: true, editable: true, default: null },
  expiry: { choicesDays: [null, 90], defaultDays: null, maxDays: null },
} as unknown as Config
const key = {
  name: 'CRM',
  description: null,
  type: 'api',
  environment: null,
  grant: { permissions: ['jobs.view'] },
  preset: 'reader',
  createdAt: new Date(nowMs).toISOString(),
  expiresAt: null,
  allowedNetworks: null,
  owner: 'mem_gone',
} as unknown as Key

describe('editing a key', () => {
  test('that changes nothing sends nothing', () => {
    expect(changesOf(editDraft(key, config), key, config, nowMs)).toEqual({})
    expect(editFaults(editDraft(key, config), key, config, nowMs)).toEqual({})
  })

  test('sends what was changed and nothing else; what was emptied is cleared', () => {
    const draft = { ...editDraft(key, config), name: ' ', networks: ['192.0.2.0/24'] }
    expect(changesOf(draft, key, config, nowMs)).toEqual({ name: null, allowedNetworks: ['192.0.2.0/24'] })
  })

  test('sends another grant only where grants can be edited', () => {
    const draft = {
      ...editDraft(key, config),
      access: { kind: 'custom' } as const,
      model: { jobs: { whole: ['edit'], limited: {} } },
    }
    expect(changesOf(draft, key, config, nowMs)).toEqual({ grant: { permissions: ['jobs.edit'] } })
    const fixed = { ...config, grants: { ...config.grants, editable: false } }
    expect(changesOf(draft, key, fixed, nowMs)).toEqual({})
  })

  test('does not open a key to all networks because it was open to none', () => {
    const nowhere = { ...key, allowedNetworks: [] }
    expect(changesOf(editDraft(nowhere, config), nowhere, config, nowMs)).toEqual({})
  })

  test('leaves an expiry that was not touched exactly as it was', () => {
    const expiring = { ...key, expiresAt: new Date(nowMs + 3_600_000).toISOString() }
    expect(changesOf(editDraft(expiring, config), expiring, config, nowMs)).toEqual({})
    const draft = { ...editDraft(expiring, config), expiry: { kind: 'never' } as const, isExpiryTouched: true }
    expect(changesOf(draft, expiring, config, nowMs)).toEqual({ expiresAt: null })
  })
})
