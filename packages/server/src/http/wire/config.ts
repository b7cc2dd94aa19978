import {
  everyLanguage,
  lifecycleActions,
  type Problem,
  problems,
  type ResolvedConfig,
  type Text,
  text,
} from '@keywright/core'
import type * as z from 'zod'
import type { ConfigWire } from './config-schema.ts'
import type { GrantWire } from './key.ts'

/** The words of a configuration in one language. */
interface Speech {
  readonly say: (value: Text) => string
  readonly sayOrNull: (value: Text | null) => string | null
  /** The texts that a described thing has. */
  readonly describe: (thing: { readonly id: string; readonly label: Text; readonly description: Text | null }) => {
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
            : {
                vague: name.advice.vague.flatMap(everyLanguage),
                text: say(name.advice.text),
                examples: name.advice.examples.map(say),
              },
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
    plans: config.plans.map(({ id, label }) => ({ id, label: say(label) })),
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
