import { type KeyAction, lifecycleActions, type ResolvedRole } from '@keywright/core'
import { html } from '../../html.ts'
import type { Help, HelpSection } from '../model.ts'
import { fullTable, list, paragraph, prose } from '../parts.ts'

/** What a customer sees of the use of keys. */
export function usageSection(help: Help): HelpSection {
  const { config, words, nouns, format } = help
  const { perKeyMax, keepDays, wholeAddresses } = config.activity
  const { usage } = words
  return {
    id: 'usage',
    title: usage.title,
    body: html`${paragraph(
      usage.usage,
      usage.activity(format.number(perKeyMax), format.days(keepDays)),
      wholeAddresses ? usage.addresses : usage.networks,
    )}${paragraph(usage.changes(nouns))}`,
  }
}

interface Column {
  readonly label: string
  readonly has: (role: ResolvedRole) => boolean
}

function columnsOf({ config, words, nouns, say }: Help): readonly Column[] {
  const may = (action: KeyAction, label: string): Column => ({ label, has: (role) => role.may.includes(action) })
  return [
    may('view', words.roles.view),
    may('create', words.roles.create),
    may('edit', words.roles.edit),
    ...lifecycleActions.flatMap((name) => {
      const action = config.actions[name]
      return action === undefined ? [] : [may(name, say(action.label))]
    }),
    { label: words.roles.members(nouns), has: (role: ResolvedRole) => role.managesMembers },
  ].filter((column) => config.roles.some(column.has))
}

/** Which role may do what. */
export function rolesSection(help: Help): HelpSection {
  const { config, words, nouns, format, say } = help
  const columns = columnsOf(help)
  const lasting = config.lastingRole === null ? undefined : config.roleById.get(config.lastingRole)
  const blind = config.roles.filter(({ may }) => !may.includes('view'))
  const described = config.roles.filter(({ description }) => description !== null)
  const { team } = config.product.links
  return {
    id: 'roles',
    title: words.roles.title,
    body: html`${list(
      described.map(({ label, description }) => html`<strong>${say(label)}</strong> – ${say(description ?? '')}`),
    )}${fullTable(
      'roles-table',
      words.roles.caption,
      [words.roles.role, ...columns.map(({ label }) => label)],
      config.roles.map((role) => ({
        head: say(role.label),
        cells: columns.map(({ has }) => (has(role) ? words.yes : html`<span class="soft">${words.no}</span>`)),
      })),
    )}${paragraph(
      blind.length > 0 && words.roles.blind(format.or(blind.map(({ label }) => words.quote(say(label))))),
      lasting !== undefined && words.roles.lasting(nouns, words.quote(say(lasting.label))),
    )}${team !== null && html`<p><a href="${team}">${words.roles.team}</a></p>\n`}`,
  }
}

/** What good use of keys is: the configured advice, else ours, with what the configuration says of names and unrestricted keys. */
export function practicesSection(help: Help): HelpSection {
  const { config, words, nouns, say } = help
  const own = config.tips.map(say)
  const { advice } = config.fields.name
  const ours = words.practices
  const standard = own.length > 0 ? [] : [ours.secret, ours.single, ours.review]
  const names =
    advice === null ? (own.length === 0 && config.fields.name.presence !== 'absent' ? ours.names : null) : null
  const apart = own.length === 0 && config.environments.length > 1 ? ours.apart(nouns) : null
  return {
    id: 'practices',
    title: ours.title,
    body: html`${list([
      ...own,
      ...standard.map((each) => prose(each)),
      advice !== null && say(advice.text),
      names !== null && prose(names),
      apart !== null && prose(apart),
      config.grants.unrestricted === 'discouraged' && say(config.grants.advice),
    ])}`,
  }
}
