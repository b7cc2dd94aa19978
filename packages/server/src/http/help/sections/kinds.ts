import { type Html, html } from '../../html.ts'
import type { Help, HelpSection } from '../model.ts'
import { fullTable, list, paragraph, prose } from '../parts.ts'

const code = (text: string): Html => html`<code>${text}</code>`
const codes = (texts: readonly string[]): Html =>
  html`${texts.map((text, index) => html`${index > 0 && ', '}${code(text)}`)}`

/** The APIs that other types reach and this one does not, for each type. */
function refusals({ config, words, format, say }: Help): readonly string[] {
  const all = [...new Set(config.types.flatMap(({ audiences }) => audiences))]
  return config.types.flatMap(({ label, audiences }) => {
    const foreign = all.filter((each) => !audiences.includes(each))
    return foreign.length === 0
      ? []
      : [words.types.refused(words.quote(say(label)), format.and(foreign.map((each) => `\`${each}\``)))]
  })
}

/** What keys look like and, where there are several types, which API each reaches. */
export function typesSection(help: Help): HelpSection {
  const { config, words, nouns, format, say } = help
  const [only] = config.types
  if (config.types.length === 1 && only !== undefined) {
    const description = only.description === null ? null : say(only.description)
    return {
      id: 'types',
      title: words.types.lookTitle,
      body: html`${paragraph(words.types.looks(`\`${only.prefix}_\``))}${description !== null && html`<p>${description}</p>\n`}`,
    }
  }
  const rows = config.types.map((type) => ({
    head: say(type.label),
    cells: [code(`${type.prefix}_`), codes(type.audiences), type.description === null ? '' : say(type.description)],
  }))
  const heads = [format.begin(nouns.type), words.types.begins, words.types.reaches, words.types.purpose]
  const refused = refusals(help)
  return {
    id: 'types',
    title: format.begin(nouns.types),
    body: html`${fullTable('types-table', words.types.caption(nouns), heads, rows)}${refused.length > 0 && html`${paragraph(words.types.apart(nouns))}${list(refused.map((each) => prose(each)))}`}`,
  }
}

/** The environments, under their own word; `null` where there is no such axis. */
export function environmentsSection(help: Help): HelpSection | null {
  const { config, words, nouns, format, say } = help
  const [one, other] = config.environments
  if (one === undefined) return null
  const rows = config.environments.map(({ tag, label, description, baseUrl }) => ({
    head: say(label),
    cells: [
      codes(config.types.map(({ prefix }) => `${prefix}_${tag === null ? '' : `${tag}_`}`)),
      baseUrl === null ? '' : code(baseUrl),
      description === null ? '' : say(description),
    ],
  }))
  const heads = [
    format.begin(nouns.environment),
    words.types.begins,
    words.environments.address,
    words.environments.purpose,
  ]
  const labels = config.environments.map(({ label }) => say(label))
  return {
    id: 'environments',
    title: format.begin(nouns.environments),
    body: html`${paragraph(
      words.environments.apart(nouns),
      other !== undefined && words.environments.pair(say(one.label), say(other.label)),
      other !== undefined && words.environments.each(nouns, format.and(labels)),
    )}${fullTable('environments-table', words.environments.caption, heads, rows)}`,
  }
}
