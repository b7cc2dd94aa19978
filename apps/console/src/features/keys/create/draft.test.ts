import { describe, expect, test } from 'vitest'
import type { Config, Key } from '../../../api/records.ts'
import { bodyOf, copiedFrom, type Draft, faultsOf, firstDraft } from './draft.ts'
import { dateField, expiryChoices } from './expiry.ts'
import { networkFault } from './networks.ts'

const nowMs = Date.UTC(2026, 10, 21, 12)
const dayMs = 86_400_000

const resource = {
  id: 'jobs',
  label: 'Jobs',
  description: null,
  group: null,
  verbs: ['view', 'edit'],
  levels: [{ id: 'read', label: 'Read', verbs: ['view'] }],
  instances: null,
  managesKeys: false,
}
const type = {
  id: 'api',
  label: 'API',
  description: null,
  prefix: 'x',
  audiences: ['api'],
  fixedGrant: null,
  example: null,
}
const place = (id: string) => ({ id, label: id, description: null, tag: id, baseUrl: null })

/** The parts of a configuration that a draft follows. */
const configOf = (change: object = {}): Config =>
  ({
    fields: {
      name: { presence: 'required', label: 'Name', hint: null, advice: null },
      description: { presence: 'absent', label: '', hint: null },
    },
    types: [type],
    defaultType: 'api',
    environments: [place('live'), place('test')],
    defaultEnvironment: null,
    resources: [resource],
    presets: [{ id: 'reader', label: 'Reader', description: null, grant: { permissions: ['jobs.view'] } }],
    grants: { unrestricted: 'offered', unrestrictedPreset: null, custom: true, editable: true, default: null },
    expiry: { choicesDays: [null, 30, 90], defaultDays: 30, maxDays: null },
    ...change,
  }) as unknown as Config

const complete = (draft: Draft): Draft => ({
  ...draft,
  name: ' CRM sync ',
  environment: 'live',
  access: { kind: 'preset', id: 'reader' },
})

describe('a key that is being made', () => {
  test('begins with what the configuration preselects and nothing else', () => {
    const draft = firstDraft(configOf())
    expect(draft).toMatchObject({ type: 'api', environment: null, access: null, expiry: { kind: 'days', days: 30 } })
    expect(firstDraft(configOf({ defaultEnvironment: 'test' })).environment).toBe('test')
    const open = { unrestricted: 'discouraged', unrestrictedPreset: null, custom: true, default: 'unrestricted' }
    expect(firstDraft(configOf({ presets: [], grants: open })).access).toEqual({ kind: 'unrestricted' })
  })

  test('names every choice that is missing, and only these', () => {
    expect(faultsOf(firstDraft(configOf()), configOf(), nowMs)).toEqual({
      name: 'missing',
      environment: 'missing',
      access: 'missing',
    })
    expect(faultsOf(complete(firstDraft(configOf())), configOf(), nowMs)).toEqual({})
  })

  test('a choice over resources that grants nothing is a fault', () => {
    const draft: Draft = { ...complete(firstDraft(configOf())), access: { kind: 'custom' } }
    expect(faultsOf(draft, configOf(), nowMs)).toEqual({ access: 'empty' })
    expect(faultsOf({ ...draft, model: { jobs: { whole: ['view'], limited: {} } } }, configOf(), nowMs)).toEqual({})
  })

  test('is sent with the preset by name, the expiry as a moment, and nothing that was not asked', () => {
    expect(bodyOf(complete(firstDraft(configOf())), configOf(), { nowMs, memberId: 'mem_1' })).toEqual({
      name: 'CRM sync',
      type: 'api',
      environment: 'live',
      preset: 'reader',
      expiresAt: new Date(nowMs + 30 * dayMs).toISOString(),
    })
  })

  test('belongs to the person only where they are a member', () => {
    const draft: Draft = { ...complete(firstDraft(configOf())), owner: 'me' }
    expect(bodyOf(draft, configOf(), { nowMs, memberId: 'mem_1' }).owner).toBe('mem_1')
    expect(bodyOf(draft, configOf(), { nowMs, memberId: null })).not.toHaveProperty('owner')
  })

  test('of a type whose grant is fixed sends none', () => {
    const config = configOf({ types: [{ ...type, fixedGrant: 'unrestricted' }] })
    const draft = complete(firstDraft(config))
    expect(bodyOf(draft, config, { nowMs, memberId: null })).not.toHaveProperty('preset')
    expect(faultsOf({ ...draft, access: null }, config, nowMs)).toEqual({})
  })

  test('takes over what another key holds, and keeps what was typed', () => {
    const key = {
      type: 'api',
      environment: 'test',
      grant: { permissions: ['jobs.edit'] },
      preset: null,
      allowedNetworks: ['192.0.2.0/24'],
    } as unknown as Key
    expect(copiedFrom({ ...firstDraft(configOf()), name: 'mine' }, key, configOf())).toMatchObject({
      name: 'mine',
      environment: 'test',
      access: { kind: 'custom' },
      model: { jobs: { whole: ['edit'], limited: {} } },
      networks: ['192.0.2.0/24'],
    })
    expect(
      copiedFrom(
        firstDraft(configOf()),
        { ...key, grant: { permissions: ['jobs.view'] }, preset: 'reader' },
        configOf(),
      ).access,
    ).toEqual({
      kind: 'preset',
      id: 'reader',
    })
  })
})

describe('the expiry', () => {
  test('is not asked for where keys do not expire, and is then not sent', () => {
    const config = configOf({ expiry: { choicesDays: [null], defaultDays: null, maxDays: null } })
    expect(expiryChoices(config)).toBeNull()
    expect(bodyOf(complete(firstDraft(config)), config, { nowMs, memberId: null })).not.toHaveProperty('expiresAt')
  })

  test('of a day that is over, or later than may be, is a fault', () => {
    const at = (days: number): Draft => ({
      ...complete(firstDraft(configOf())),
      expiry: { kind: 'date', date: dateField(nowMs + days * dayMs) },
    })
    expect(faultsOf(at(-1), configOf(), nowMs).expiry).toEqual({ fault: 'missing' })
    expect(faultsOf(at(92), configOf(), nowMs).expiry).toEqual({ fault: 'late', lastMs: nowMs + 90 * dayMs })
    expect(faultsOf(at(90), configOf(), nowMs).expiry).toBeUndefined()
  })

  test('on the last possible day ends at the last possible moment', () => {
    const draft: Draft = {
      ...complete(firstDraft(configOf())),
      expiry: { kind: 'date', date: dateField(nowMs + 90 * dayMs) },
    }
    const { expiresAt } = bodyOf(draft, configOf(), { nowMs, memberId: null })
    expect(Date.parse(expiresAt ?? '')).toBeLessThanOrEqual(nowMs + 90 * dayMs)
  })
})

describe('the allowed networks', () => {
  test('are addresses and ranges; anything else is named with what may be meant', () => {
    expect(networkFault(['192.0.2.10', '2001:db8::/32'])).toBeNull()
    expect(networkFault(['192.0.2.0/24', 'office'])).toEqual({ kind: 'odd', text: 'office' })
    expect(networkFault(['192.0.2.77/24'])).toEqual({ kind: 'bits', text: '192.0.2.77/24', range: '192.0.2.0/24' })
    expect(networkFault(['2001:db8::1/32'])).toEqual({ kind: 'bits', text: '2001:db8::1/32', range: '2001:db8::/32' })
    expect(networkFault(Array.from({ length: 101 }, (_, index) => `10.0.0.${index}`))).toEqual({ kind: 'many' })
  })
})
