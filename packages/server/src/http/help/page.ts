import type { ResolvedConfig } from '@keywright/core'
import { type Html, html, page } from '../html.ts'
import { languageName } from './format.ts'
import { type Help, type HelpSection, helpOf } from './model.ts'
import { paragraph } from './parts.ts'
import { aboutSection, findSection } from './sections/about.ts'
import { createSection } from './sections/create.ts'
import { environmentsSection, typesSection } from './sections/kinds.ts'
import { limitsSection } from './sections/limits.ts'
import { listSection } from './sections/list.ts'
import { manageSection, rotationSection } from './sections/manage.ts'
import { linksSection, ownSections } from './sections/more.ts'
import { practicesSection, rolesSection, usageSection } from './sections/people.ts'
import { permissionsSection } from './sections/permissions.ts'
import { troubleSection } from './sections/trouble.ts'
import { useSection } from './sections/use.ts'

const sectionsOf = (help: Help): readonly HelpSection[] =>
  [
    aboutSection(help),
    findSection(help),
    createSection(help),
    listSection(help),
    typesSection(help),
    environmentsSection(help),
    permissionsSection(help),
    useSection(help),
    limitsSection(help),
    manageSection(help),
    rotationSection(help),
    usageSection(help),
    rolesSection(help),
    practicesSection(help),
    troubleSection(help),
    ...ownSections(help),
    linksSection(help),
  ].filter((section) => section !== null)

function languageLinks({ config, words }: Help, chosen: string): Html | null {
  const { languages } = config.product
  if (languages.length < 2) return null
  return html`<nav aria-label="${words.frame.languages}"><ul class="line">
${languages.map(
  (
    tag,
  ) => html`<li><a href="/help?language=${tag}" hreflang="${tag}" lang="${tag}"${tag === chosen && html` aria-current="true"`}>${languageName(tag)}</a></li>
`,
)}</ul></nav>`
}

/** The customers' documentation as a whole page: what the configuration says, in one of its languages. */
export function helpPage(config: ResolvedConfig, language: string): string {
  const help = helpOf(config, language)
  const { words, nouns, format } = help
  const sections = sectionsOf(help)
  const { support } = config.product.links
  return page(
    `${format.begin(nouns.keys)} · ${nouns.product}`,
    html`<h1>${format.begin(nouns.keys)}</h1>
${paragraph(words.frame.lead(nouns))}<div class="columns">
<nav class="contents" aria-labelledby="contents"><p id="contents" class="soft">${words.frame.contents}</p>
<ul>
${sections.map(
  ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>
`,
)}</ul></nav>
<article>
${sections.map(
  ({ id, title, body }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${body}</section>
`,
)}</article>
</div>`,
    {
      language: help.language,
      skip: words.frame.skip,
      header: html`<p><strong>${nouns.product}</strong> <span class="soft">${words.frame.help}</span></p>${languageLinks(help, language)}`,
      footer: support === null ? null : html`<p>${nouns.product} · <a href="${support}">${words.links.support}</a></p>`,
    },
  )
}
