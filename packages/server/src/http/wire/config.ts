import {
  keyActions,
  keyStates,
  lifecycleActions,
  type Problem,
  problems,
  type ResolvedConfig,
  type Text,
  text,
} from '@keywright/core'
import * as z from 'zod'
import { GrantWire } from './key.ts'

const words = z.object({ one: z.string(), many: z.string() })
const nullable = z.string().nullable()
const field = z.object({ presence: z.enum(['required', 'optional', 'absent']), label: z.string(), hint: nullable })
const described = { id: z.string(), label: z.string(), description: nullable } as const

/** The public part of the configuration in one language: all that a page or an SDK needs, and no plan, price or cap of another account. */
export const ConfigWire = z
  .object({
    hash: z.string().describe('Of the whole configuration; it changes with every change'),
    language: z.string(),
    product: z.object({
      name: z.string(),
      languages: z.array(z.string()),
      links: z.object({
        support: nullable,
        reference: nullable,
        team: nullable,
        errors: nullable,
        dashboard: nullable,
      }),
    }),
    words: z.object({
      account: words,
      key: words,
      environment: words,
      type: words,
      member: words,
      menu: z.array(z.string()),
      menuPlace: z.enum(['top', 'side']),
      create: z.string(),
      done: z.string(),
    }),
    fields: z.object({
      name: z.object({
        ...field.shape,
        advice: z.object({ vague: z.array(z.string()), text: z.string(), examples: z.array(z.string()) }).nullable(),
      }),
      description: field,
    }),
    types: z.array(
      z.object({
        ...described,
        prefix: z.string(),
        audiences: z.array(z.string()),
        fixedGrant: GrantWire.nullable(),
        example: nullable,
      }),
    ),
    defaultType: nullable,
    environments: z.array(z.object({ ...described, tag: nullable, baseUrl: nullable })),
    defaultEnvironment: nullable,
    groups: z.array(z.object({ id: z.string(), label: z.string() })),
    resources: z.array(
      z.object({
        ...described,
        group: nullable,
        verbs: z.array(z.string()),
        levels: z.array(z.object({ id: z.string(), label: z.string(), verbs: z.array(z.string()) })),
        instances: z.union([z.literal('any'), z.array(z.object({ id: z.string(), label: z.string() }))]).nullable(),
        managesKeys: z.boolean(),
      }),
    ),
    presets: z.array(z.object({ ...described, grant: GrantWire })),
    grants: z.object({
      unrestricted: z.enum(['absent', 'offered', 'discouraged']),
      unrestrictedPreset: nullable,
      custom: z.boolean(),
      editable: z.boolean(),
      default: nullable,
      advice: z.string(),
      notEditable: z.string(),
    }),
    roles: z.array(z.object({ ...described, may: z.array(z.enum(keyActions)), managesMembers: z.boolean() })),
    lastingRole: nullable,
    actions: z.partialRecord(
      z.enum(lifecycleActions),
      z.object({ label: z.string(), confirm: z.enum(['none', 'dialog', 'type-name']), warning: z.string() }),
    ),
    expiry: z.object({
      choicesDays: z.array(z.number().nullable()).nullable(),
      defaultDays: z.number().nullable(),
      maxDays: z.number().nullable(),
    }),
    rotation: z.object({
      dueAfterDays: z.number().nullable(),
      overlapsSeconds: z.array(z.number()),
      defaultOverlapSeconds: z.number(),
      maxOverlapSeconds: z.number(),
    }),
    display: z.object({
      mask: z.object({ kind: z.enum(['first', 'last']), characters: z.int() }),
      columns: z.array(z.string()),
      listedStates: z.array(z.enum(keyStates)),
      stateLabels: z.record(z.enum(keyStates), z.string()),
    }),
    acceptedHeaders: z.array(z.enum(['authorization', 'x-api-key'])),
    problems: z.record(
      z.string(),
      z.object({ status: z.int(), title: z.string(), detail: nullable, check: z.array(z.string()) }),
    ),
    tips: z.array(z.string()),
    help: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        body: nullable,
        items: z.array(z.string()),
        links: z.array(z.object({ label: z.string(), href: z.string() })),
      }),
    ),
  })
  .meta({ id: 'Config' })

/** The words of a configuration in one language. */
interface Speech {
  say(value: Text): string
  sayOrNull(value: Text | null): string | null
  /** The texts that a described thing has. */
  describe(thing: { readonly id: string; readonly label: Text; readonly description: Text | null }): {
    readonly id: string
    readonly label: string
    readonly description: string | null
  }
}

function speechOf(config: ResolvedConfig, language: string): Speech {
  const say = (value: Text) => text(value, language, config.product.defaultLanguage)
  const sayOrNull = (value: Text | null) => (value === null ? null : say(value))
  return {
    say,
    sayOrNull,
    describe: ({ id, label, description }) => ({ id, label: say(label), description: sayOrNull(description) }),
  }
}

type Wire = z.input<typeof ConfigWire>

function wordsOf(config: ResolvedConfig, { say, sayOrNull }: Speech): Pick<Wire, 'words' | 'fields'> {
  const noun = ({ one, many }: { readonly one: Text; readonly many: Text }) => ({ one: say(one), many: say(many) })
  const { account, key, environment, type, member, menu, menuPlace, create, done } = config.words
  const { name, description } = config.fields
  return {
    words: {
      account: noun(account),
      key: noun(key),
      environment: noun(environment),
      type: noun(type),
      member: noun(member),
      menu: menu.map(say),
      menuPlace,
      create: say(create),
      done: say(done),
    },
    fields: {
      name: {
        presence: name.presence,
        label: say(name.label),
        hint: sayOrNull(name.hint),
        advice:
          name.advice === null
            ? null
            : { vague: [...name.advice.vague], text: say(name.advice.text), examples: [...name.advice.examples] },
      },
      description: { presence: description.presence, label: say(description.label), hint: sayOrNull(description.hint) },
    },
  }
}

const grantOf = (grant: ResolvedConfig['presets'][number]['grant']): z.input<typeof GrantWire> =>
  grant === 'unrestricted' ? grant : { permissions: [...grant.permissions] }

function choicesOf(
  config: ResolvedConfig,
  { say, sayOrNull, describe }: Speech,
): Pick<Wire, 'types' | 'environments' | 'groups' | 'resources' | 'presets' | 'roles'> {
  return {
    types: config.types.map((type) => ({
      ...describe(type),
      prefix: type.prefix,
      audiences: [...type.audiences],
      fixedGrant: type.fixedGrant === null ? null : grantOf(type.fixedGrant),
      example: sayOrNull(type.example),
    })),
    environments: config.environments.map((each) => ({ ...describe(each), tag: each.tag, baseUrl: each.baseUrl })),
    groups: config.groups.map(({ id, label }) => ({ id, label: say(label) })),
    resources: config.resources.map((resource) => ({
      ...describe(resource),
      group: resource.group,
      verbs: [...resource.verbs],
      levels: resource.levels.map(({ id, label, verbs }) => ({ id, label: say(label), verbs: [...verbs] })),
      instances:
        resource.instances === null || resource.instances === 'any'
          ? resource.instances
          : resource.instances.map(({ id, label }) => ({ id, label: say(label) })),
      managesKeys: resource.managesKeys,
    })),
    presets: config.presets.map((preset) => ({ ...describe(preset), grant: grantOf(preset.grant) })),
    roles: config.roles.map((role) => ({ ...describe(role), may: [...role.may], managesMembers: role.managesMembers })),
  }
}

function rulesOf(
  config: ResolvedConfig,
  { say }: Speech,
): Pick<Wire, 'grants' | 'actions' | 'expiry' | 'rotation' | 'display'> {
  const { actions, grants, expiry, rotation, display } = config
  return {
    grants: { ...grants, advice: say(grants.advice), notEditable: say(grants.notEditable) },
    actions: Object.fromEntries(
      lifecycleActions.flatMap((name) => {
        const action = actions[name]
        return action === undefined
          ? []
          : [[name, { label: say(action.label), confirm: action.confirm, warning: say(action.warning) }]]
      }),
    ),
    expiry: { ...expiry, choicesDays: expiry.choicesDays === null ? null : [...expiry.choicesDays] },
    rotation: { ...rotation, overlapsSeconds: [...rotation.overlapsSeconds] },
    display: {
      mask: display.mask,
      columns: [...display.columns],
      listedStates: [...display.listedStates],
      stateLabels: {
        active: say(display.stateLabels.active),
        paused: say(display.stateLabels.paused),
        revoked: say(display.stateLabels.revoked),
        expired: say(display.stateLabels.expired),
      },
    },
  }
}

function problemTextsOf(config: ResolvedConfig, { say, sayOrNull }: Speech): Wire['problems'] {
  return Object.fromEntries(
    (Object.keys(problems) as Problem['problem'][]).map((code) => {
      const { title, detail, check } = config.problems[code]
      return [
        code,
        { status: problems[code].status, title: say(title), detail: sayOrNull(detail), check: check.map(say) },
      ]
    }),
  )
}

/** The public part of a configuration in a language. */
export function configWire(config: ResolvedConfig, hash: string, language: string): Wire {
  const speech = speechOf(config, language)
  const { say, sayOrNull } = speech
  return {
    hash,
    language,
    product: { name: say(config.product.name), languages: [...config.product.languages], links: config.product.links },
    ...wordsOf(config, speech),
    ...choicesOf(config, speech),
    defaultType: config.defaultType,
    defaultEnvironment: config.defaultEnvironment,
    lastingRole: config.lastingRole,
    ...rulesOf(config, speech),
    acceptedHeaders: [...config.acceptedHeaders],
    problems: problemTextsOf(config, speech),
    tips: config.tips.map(say),
    help: config.help.map((section) => ({
      id: section.id,
      title: say(section.title),
      body: sayOrNull(section.body),
      items: section.items.map(say),
      links: section.links.map(({ label, href }) => ({ label: say(label), href })),
    })),
  }
}
