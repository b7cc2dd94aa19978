import { html } from '../../html.ts'
import { type Help, type HelpSection, menuPath } from '../model.ts'
import { paragraph } from '../parts.ts'

/** What keys are for, and when one is needed. */
export function aboutSection(help: Help): HelpSection {
  const { nouns, words } = help
  const { about } = words
  return {
    id: 'about',
    title: about.title,
    body: html`${paragraph(about.purpose(nouns))}${paragraph(about.need(nouns))}${paragraph(about.belongs(nouns))}`,
  }
}

/** Where the page of keys is. */
export function findSection(help: Help): HelpSection {
  const { config, nouns, words, format, say } = help
  const { about } = words
  const environments = config.environments.map(({ label }) => say(label))
  const shows = environments.length > 0 ? about.showsAll(nouns, format.and(environments)) : about.shows(nouns)
  const { dashboard } = config.product.links
  return {
    id: 'find',
    title: about.find,
    body: html`${paragraph(about.path[config.words.menuPlace](menuPath(help)), shows)}${
      dashboard !== null && html`<p><a href="${dashboard}">${about.dashboard}</a></p>\n`
    }`,
  }
}
