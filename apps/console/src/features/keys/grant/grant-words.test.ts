import { describe, expect, test } from 'vitest'
import type { Resource } from '../../../api/records.ts'
import { en } from '../../../locales/en.ts'
import { formatOf } from '../../../locales/format.ts'
import { fr } from '../../../locales/fr.ts'
import { sayWith } from '../../../locales/words.tsx'
import { type SummaryFacts, summaryOf } from './grant-words.ts'

const resource = (id: string, label: string, verbs: readonly string[], change: Partial<Resource> = {}): Resource => ({
  id,
  label,
  description: null,
  group: null,
  verbs,
  levels: [],
  instances: null,
  managesKeys: false,
  ...change,
})
const resources = [
  resource('calls', 'Calls', ['view', 'edit']),
  resource('contacts', 'Contacts', ['view', 'delete']),
  resource('webhooks', 'Webhooks', ['view', 'create', 'delete']),
  resource('links', 'Links', ['view', 'use', 'sync-all'], { instances: [{ id: 'crm', label: 'CRM' }] }),
]
const facts: SummaryFacts = { grant: null, reaches: null, environment: null, networks: 0 }

const said = (language: 'en' | 'fr', change: Partial<SummaryFacts>) =>
  summaryOf(
    { ...facts, ...change },
    { resources },
    {
      say: sayWith(language === 'en' ? en : fr, language),
      format: formatOf(language),
    },
  ).join(' ')

const webhooks = ['webhooks.view', 'webhooks.create', 'webhooks.delete']

describe('the summary of a key to be made', () => {
  test('says in English what it can do, that it can do nothing else, where, and until when', () => {
    expect(
      said('en', {
        grant: { permissions: ['contacts.view', 'calls.view', ...webhooks] },
        environment: 'Production',
        expiresAtMs: Date.UTC(2027, 1, 18, 12),
      }),
    ).toBe(
      'Can read Calls and Contacts. Can read and change Webhooks. Cannot do anything else. Production only. Expires Feb 18, 2027.',
    )
  })

  test('says the same in French', () => {
    expect(
      said('fr', {
        grant: { permissions: ['contacts.view', 'calls.view', ...webhooks] },
        environment: 'Production',
        expiresAtMs: Date.UTC(2027, 1, 18, 12),
      }),
    ).toBe(
      'Peut consulter Calls et Contacts. Peut consulter et modifier Webhooks. Ne peut rien faire d’autre. Production uniquement. Expire le 18 févr. 2027.',
    )
  })

  test('names verbs that are neither reading nor everything, and the instances that they are limited to', () => {
    const grant = { permissions: ['links.view:crm', 'links.use:crm', 'webhooks.delete'] }
    expect(said('en', { grant })).toBe(
      'Can delete: Webhooks. Can view and use: Links (only CRM). Cannot do anything else.',
    )
    expect(said('fr', { grant })).toBe(
      'Peut supprimer : Webhooks. Peut consulter et utiliser : Links (seulement CRM). Ne peut rien faire d’autre.',
    )
  })

  test('says each part where instances differ', () => {
    expect(said('en', { grant: { permissions: ['links.view', 'links.sync-all:crm'] } })).toBe(
      'Can read Links. Can sync all: Links (only CRM). Cannot do anything else.',
    )
  })

  test('does not say that there is nothing else where there is nothing else', () => {
    const permissions = resources.flatMap(({ id, verbs }) => verbs.map((verb) => `${id}.${verb}`))
    expect(said('en', { grant: { permissions } })).toBe('Can read and change Calls, Contacts, Webhooks, and Links.')
  })

  test('tells nothing, everything, fixed and not yet chosen apart', () => {
    expect(said('en', { grant: { permissions: [] } })).toBe('Cannot do anything yet.')
    expect(said('en', { grant: 'unrestricted', expiresAtMs: null })).toBe(
      'Can do everything, also what is added later. Does not expire.',
    )
    expect(said('en', { reaches: 'chat' })).toBe('Reaches chat.')
    expect(said('en', { reaches: '' })).toBe('')
    expect(said('en', {})).toBe('What it may do is still to be chosen.')
    expect(said('fr', { networks: 2 })).toBe('Ce qu’elle peut faire reste à choisir. Depuis 2 réseaux seulement.')
  })
})
