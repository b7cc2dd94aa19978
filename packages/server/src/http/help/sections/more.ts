import { html } from '../../html.ts'
import type { Help, HelpSection } from '../model.ts'
import { configured, list } from '../parts.ts'

/** The configuration's own sections, in its order. */
export const ownSections = ({ config, say }: Help): readonly HelpSection[] =>
  config.help.map(({ id, title, body, items, links }) => ({
    // Its ids and ours never meet.
    id: `own-${id}`,
    title: say(title),
    body: html`${body !== null && configured(say(body))}${list(items.map(say))}${list(
      links.map(({ label, href }) => html`<a href="${href}">${say(label)}</a>`),
    )}`,
  }))

/** Where to go on; `null` where no link is configured. */
export function linksSection({ config, words }: Help): HelpSection | null {
  const { links } = config.product
  const shown = (['reference', 'errors', 'dashboard', 'team', 'support'] as const).flatMap((name) => {
    const href = links[name]
    return href === null ? [] : [html`<a href="${href}">${words.links[name]}</a>`]
  })
  return shown.length === 0 ? null : { id: 'links', title: words.links.title, body: html`${list(shown)}` }
}
