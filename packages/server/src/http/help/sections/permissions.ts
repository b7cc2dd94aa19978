import { type Access, type Grant, levelOf, type ResolvedResource } from '@keywright/core'
import { type Html, html } from '../../html.ts'
import { type Help, type HelpSection, isGrantChosen } from '../model.ts'
import { list, type Part, paragraph, prose, type RowGroup, table } from '../parts.ts'

const codes = (texts: readonly string[]): Html =>
  texts.length === 0
    ? html`<span class="soft">–</span>`
    : html`${texts.map((text, index) => html`${index > 0 && ', '}<code>${text}</code>`)}`

/** A resource as the heading of its row. */
const headOf = ({ say }: Help, { id, label, description }: ResolvedResource): Html =>
  html`${say(label)} <code>${id}</code>${description !== null && html`<span class="note">${say(description)}</span>`}`

/** Rows of resources below the names of their groups; those without a group come first. */
function grouped(help: Help, cellsOf: (resource: ResolvedResource) => readonly Part[]): readonly RowGroup[] {
  const { config, say } = help
  const rowsOf = (group: string | null) =>
    config.resources
      .filter((resource) => resource.group === group)
      .map((resource) => ({ head: headOf(help, resource), cells: cellsOf(resource) }))
  return [
    { label: null, rows: rowsOf(null) },
    ...config.groups.map(({ id, label }) => ({ label: say(label), rows: rowsOf(id) })),
  ].filter(({ rows }) => rows.length > 0)
}

/** What a grant allows on a resource, in the words of its levels. */
function accessText(help: Help, resource: ResolvedResource, access: Access): Part {
  const { words, say } = help
  if (access.kind === 'none') return words.permissions.noAccess
  if (access.kind === 'level') return say(resource.levels.find(({ id }) => id === access.id)?.label ?? access.id)
  const limited = access.instances.flatMap(({ id, verbs }) => verbs.map((verb) => `${verb}:${id}`))
  return codes([...access.verbs, ...limited])
}

const columnsMax = 4

function levelsTable(help: Help): Html {
  const { config, words, say } = help
  const { caption, resource: head, levels: levelsHead, single } = words.permissions
  const labels = new Map<string, string>()
  for (const { levels } of config.resources) {
    for (const { id, label } of levels) labels.set(`${id}\n${say(label)}`, say(label))
  }
  const keys = [...labels.keys()].length <= columnsMax ? [...labels.keys()] : null
  const singles = (resource: ResolvedResource) =>
    resource.verbs.filter((verb) => !resource.levels.some(({ verbs }) => verbs.includes(verb)))
  const hasSingles = config.resources.some((resource) => singles(resource).length > 0)
  const cells = (resource: ResolvedResource): readonly Part[] => {
    const levels = resource.levels.map(({ id, label, verbs }) => ({
      key: `${id}\n${say(label)}`,
      label: say(label),
      verbs,
    }))
    const inColumns = keys?.map((key) => codes(levels.find((level) => level.key === key)?.verbs ?? []))
    return [
      ...(inColumns ?? [list(levels.map(({ label, verbs }) => html`${label}: ${codes(verbs)}`))]),
      ...(hasSingles ? [codes(singles(resource))] : []),
    ]
  }
  const heads = keys?.map((key) => labels.get(key) ?? '') ?? [levelsHead]
  return table('permissions-table', caption, [head, ...heads, ...(hasSingles ? [single] : [])], grouped(help, cells))
}

function choices(help: Help): Html | null {
  const { config, words, say } = help
  const { unrestricted, unrestrictedPreset, custom, advice } = config.grants
  const texts = words.permissions
  const bare = unrestricted !== 'absent' && unrestrictedPreset === null
  const isFree = custom && config.resources.length > 0
  const hasLevels = config.resources.some(({ levels }) => levels.length > 0)
  const term = (label: string, meaning: string | null) =>
    html`<strong>${label}</strong>${meaning !== null && html` – ${meaning}`}`
  return html`<h3 id="permission-choices">${texts.choices}</h3>
${list([
  ...config.presets.map(({ label, description, grant }) =>
    term(
      say(label),
      description === null ? (grant === 'unrestricted' ? texts.unrestrictedMeaning : null) : say(description),
    ),
  ),
  bare && term(texts.unrestricted, texts.unrestrictedMeaning),
  isFree && term(texts.customLabel, hasLevels ? texts.customLevels : texts.customVerbs),
])}${unrestricted !== 'absent' && html`<p class="advice">${say(advice)}</p>\n`}`
}

/** The presets side by side, resource by resource. */
function presetsTable(help: Help): Html | null {
  const { config, words, say } = help
  if (config.presets.length === 0 || config.resources.length === 0) return null
  const cell = (resource: ResolvedResource, grant: Grant): Part =>
    grant === 'unrestricted' ? words.permissions.all : accessText(help, resource, levelOf(resource.id, grant, config))
  return table(
    'presets-table',
    words.permissions.presetsCaption,
    [words.permissions.resource, ...config.presets.map(({ label }) => say(label))],
    grouped(help, (resource) => config.presets.map(({ grant }) => cell(resource, grant))),
  )
}

/** What keys hold where nobody chooses it, a column for each such type. */
function heldTable(help: Help): Html | null {
  const { config, words, say } = help
  const held = config.types.flatMap(({ label, fixedGrant }) =>
    fixedGrant === null ? [] : [{ label, grant: fixedGrant }],
  )
  if (held.length === 0) return null
  const isOnly = config.types.length === 1
  const cell = (resource: ResolvedResource, grant: Grant): Part =>
    grant === 'unrestricted' ? words.permissions.all : accessText(help, resource, levelOf(resource.id, grant, config))
  return html`${
    held.length === config.types.length &&
    paragraph(isOnly ? words.permissions.given : words.permissions.givenTyped(help.nouns))
  }${table(
    'held-table',
    words.permissions.heldCaption,
    [words.permissions.resource, ...held.map(({ label }) => say(label))],
    grouped(help, (resource) => held.map(({ grant }) => cell(resource, grant))),
  )}`
}

function instances(help: Help): Html | null {
  const { config, words, format, say } = help
  const sentences = config.resources.flatMap(({ label, instances: named }) => {
    if (named === null) return []
    if (named === 'any') return [words.permissions.instancesAny(say(label))]
    return [words.permissions.instances(say(label), format.and(named.map((each) => say(each.label))))]
  })
  return sentences.length === 0 ? null : paragraph(...sentences, words.permissions.instancesRefused)
}

/** What keys may do, and who decides it; `null` where there is nothing to say. */
export function permissionsSection(help: Help): HelpSection | null {
  const { config, words, nouns, say } = help
  const chosen = isGrantChosen(config)
  if (!chosen && config.resources.length === 0) return null
  const texts = words.permissions
  const managing = config.resources.find(({ managesKeys }) => managesKeys)
  const example = config.resources[0]
  const leveled = chosen && config.resources.some(({ levels }) => levels.length > 0)
  return {
    id: 'permissions',
    title: texts.title,
    body: html`${chosen && choices(help)}${chosen && presetsTable(help)}${
      leveled && list([html`<strong>${texts.noAccess}</strong> – ${texts.noAccessMeaning}`, prose(texts.higher)])
    }${chosen && config.resources.length > 0 && levelsTable(help)}${heldTable(help)}${chosen && instances(help)}${
      example?.verbs[0] !== undefined && paragraph(texts.names(`\`${example.id}.${example.verbs[0]}\``))
    }${managing !== undefined && paragraph(texts.manages(nouns, say(managing.label)))}${
      chosen && (config.grants.editable ? paragraph(texts.editable) : html`<p>${say(config.grants.notEditable)}</p>\n`)
    }`,
  }
}
