import type { KeywrightConfig } from '@keywright/core'
import { describe, expect, test } from 'vitest'
import { helpPage } from './page.ts'
import { fullSource, resolved } from './sample.testing.ts'

type Members = Readonly<Record<string, unknown>>
type Path = readonly (string | number)[]

/** A copy with one member set, or taken away where the value is `undefined`. */
function changed(value: unknown, [head, ...rest]: Path, replacement: unknown): unknown {
  if (head === undefined) return replacement
  if (Array.isArray(value))
    return value.map((item, index) => (index === head ? changed(item, rest, replacement) : item))
  const { [head]: inner, ...others } = value as Members
  const next = changed(inner, rest, replacement)
  return next === undefined ? others : { ...others, [head]: next }
}

const render = (source: KeywrightConfig, language = 'en') => helpPage(resolved(source), language)
const full = render(fullSource)

const changes: readonly (readonly [path: string, replacement: unknown])[] = [
  ['product.name', 'Letters'],
  ['product.languages', ['en', 'fr', 'en-GB']],
  ...['support', 'reference', 'team', 'errors', 'dashboard'].map(
    (link) => [`product.links.${link}`, undefined] as const,
  ),
  ...['account', 'key', 'environment', 'type', 'member'].map(
    (word) => [`words.${word}`, { one: 'ox', many: 'oxen' }] as const,
  ),
  ['words.menu', ['Elsewhere']],
  ['words.menuPlace', 'top'],
  ['words.create', 'Make one'],
  ['words.done', 'Ready'],
  ['fields.name.presence', 'optional'],
  ['fields.name.label', 'Heading'],
  ['fields.name.hint', undefined],
  ['fields.name.advice', undefined],
  ['fields.name.advice.vague', ['bar']],
  ['fields.name.advice.text', 'Other advice.'],
  ['fields.name.advice.examples', undefined],
  ['fields.description.presence', 'absent'],
  ['fields.description.label', 'Remarks'],
  ['fields.description.hint', undefined],
  ['types.0.prefix', 'tra'],
  ['types.0.label', 'Following'],
  ['types.0.description', undefined],
  ['types.0.audiences', ['tracking', 'more']],
  ['types.0.example', undefined],
  ['types.1.fixedGrant', { parcels: 'write' }],
  ['defaultType', undefined],
  ['environments.0.tag', 'exp'],
  ['environments.0.label', 'Experiment'],
  ['environments.0.description', undefined],
  ['environments.0.baseUrl', undefined],
  ['defaultEnvironment', undefined],
  ['groups.0.label', 'Wares'],
  ['resources.0.label', 'Packets'],
  ['resources.0.description', undefined],
  ['resources.0.group', undefined],
  ['resources.0.verbs', ['view', 'send']],
  ['resources.0.levels.0.label', 'Peek'],
  ['resources.0.levels.1.verbs', ['view', 'send', 'recall']],
  ['resources.0.instances', undefined],
  ['resources.0.instances', 'any'],
  ['resources.1.manages', undefined],
  ['presets.0.label', 'Watcher'],
  ['presets.0.description', undefined],
  ['presets.0.grant', { parcels: 'write' }],
  ['grants.unrestricted', 'offered'],
  ['grants.custom', false],
  ['grants.editable', true],
  ['grants.default', undefined],
  ['grants.advice', 'Other reasons.'],
  ['grants.notEditable', 'Start again.'],
  ['roles.0.label', 'Boss'],
  ['roles.0.description', undefined],
  ['roles.0.may', ['view']],
  ['roles.0.managesMembers', undefined],
  ['lastingRole', undefined],
  ...['pause', 'reactivate', 'revoke', 'rotate', 'delete'].flatMap((action) => [
    [`actions.${action}.label`, 'Renamed'] as const,
    [`actions.${action}.confirm`, action === 'pause' || action === 'reactivate' ? 'dialog' : 'none'] as const,
    [`actions.${action}.warning`, 'Another warning.'] as const,
  ]),
  ['actions.revoke', undefined],
  ['actions.rotate', undefined],
  ['actions.delete', undefined],
  ['expiry.choicesDays', [30, 90]],
  ['expiry.defaultDays', 60],
  ['expiry.maxDays', 60],
  ['rotation.dueAfterDays', undefined],
  ['rotation.overlapsSeconds', [0, 60, 7_200]],
  ['rotation.defaultOverlapSeconds', 0],
  ['caps.activeKeysPerAccount', 13],
  ['plans.0.label', 'Little'],
  ['plans.0.limits.0.limit', 1_600],
  ['plans.0.limits.0.windowSeconds', 30],
  ['plans.0.limits.0.burst', 30],
  ['plans.0.accountLimits', undefined],
  ['plans.0.quota.limit', 70_001],
  ['plans.0.quota.period', 'day'],
  ['plans.1.activeKeysMax', 99],
  ['defaultPlan', 'large'],
  ['display.mask', { kind: 'first', characters: 3 }],
  ['display.columns', ['name', 'preview']],
  ['display.listedStates', ['active']],
  ...['active', 'paused', 'revoked', 'expired'].map((state) => [`display.stateLabels.${state}`, 'Otherwise'] as const),
  ['acceptedHeaders', ['x-api-key']],
  ['acceptedHeaders', ['authorization', 'x-api-key']],
  ['problems.invalid_token.title', 'Wrong key'],
  ['problems.invalid_token.detail', undefined],
  ['problems.invalid_token.check', ['Another check.']],
  ['problems.exceeds_creator', undefined],
  ['tips', ['Another tip.']],
  ['help.0.title', 'Another section'],
  ['help.0.body', undefined],
  ['help.0.items', undefined],
  ['help.0.links', undefined],
  ['activity.keepDays', 8],
  ['activity.perKeyMax', 251],
  ['activity.wholeAddresses', false],
]

const pathOf = (text: string): Path => text.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
const valueAt = (path: Path) => path.reduce<unknown>((value, key) => (value as Members | undefined)?.[key], fullSource)

describe('changing the configuration changes the page', () => {
  test.each(changes)('%s', (text, replacement) => {
    const path = pathOf(text)
    expect(valueAt(path)).toBeDefined()
    const source = changed(fullSource, path, replacement) as KeywrightConfig
    const page = render(source)
    expect(page).not.toBe(full)
    // What was taken away is nowhere on the page any more.
    const was = valueAt(path)
    if (typeof was === 'string' && was.length > 8) expect(page).not.toContain(was)
  })

  test('every member of the sample is among those changes', () => {
    const touched = changes.map(([path]) => path)
    const leaves = (value: unknown, path: string): readonly string[] => {
      if (touched.includes(path)) return []
      if (typeof value !== 'object' || value === null) return [path]
      return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
    }
    const isFree = (path: string) =>
      path.endsWith('.id') || /^(types|environments|presets|roles|resources|plans)\.1\./.test(path)
    // Ids are seen in addresses and permissions only; second items have the members of the first; the name of a limit is for programs.
    expect(leaves(fullSource, '').filter((path) => !isFree(path))).toEqual([
      'resources.0.levels.0.verbs.0',
      'resources.0.levels.1.label',
      'plans.0.limits.0.name',
    ])
  })
})

describe('nothing is on the page that the configuration does not have', () => {
  const bare: KeywrightConfig = {
    product: { name: 'Bare' },
    types: [{ id: 'key', prefix: 'key', label: 'Key', audiences: ['api'] }],
    actions: { delete: { label: 'Delete', confirm: 'dialog' } },
    expiry: { choicesDays: [null], defaultDays: null },
    fields: { name: { presence: 'absent' }, description: { presence: 'absent' } },
  }
  const page = render(bare)

  test.each(['environments', 'permissions', 'rotation', 'links', 'limits-table', 'insufficient_scope', 'wrong_type'])(
    'no %s',
    (id) => {
      expect(full).toContain(`id="${id === 'links' ? 'links' : id}"`)
      expect(page).not.toContain(`id="${id}"`)
    },
  )

  test.each(['rate_limited', 'quota_exceeded', 'active_keys_cap'])('no refusal %s', (code) => {
    expect(full).toContain(code)
    expect(page).not.toContain(code)
  })

  test('only the action that there is, only the states that there can be', () => {
    for (const word of ['Pause', 'Reactivate', 'Revoke', 'Rotate', 'Expired', 'Paused', 'Language', 'Dashboard']) {
      expect(page, word).not.toContain(word)
    }
    expect(page).toContain('Delete')
  })
})

test('nothing is said of what only operators see', () => {
  for (const language of ['en', 'fr']) {
    expect(render(fullSource, language).replaceAll(/class="[^"]*"/g, '')).not.toMatch(
      /operator|opérateur|override|verify credential|pepper|KEYWRIGHT|\/v1\//i,
    )
  }
})
