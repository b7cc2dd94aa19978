/** A mail before it has an address. */
export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** One line or paragraph of a mail, with a link where it has one. */
export interface Paragraph {
  readonly text: string
  readonly link?: string
}

// Controls, line and paragraph separators, marks without width and what overrides the direction of writing.
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu
const nameCharactersMax = 80

/** A text of one line that nobody can turn into more headers. */
export const oneLine = (text: string): string => text.replace(unseen, ' ').replace(/\s+/g, ' ').trim()

/** A name that somebody chose, in a mail that we send: cut, and without anything that a mail program would turn into a link. */
export function harmless(name: string): string {
  const line = oneLine(name).replace(/[./:@]+(?=\S)/g, (marks) => `${marks} `)
  const characters = [...line]
  return characters.length > nameCharactersMax ? `${characters.slice(0, nameCharactersMax - 1).join('')}…` : line
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

const htmlOf = ({ text, link }: Paragraph): string =>
  link === undefined
    ? `<p>${escaped(text)}</p>`
    : `<p>${text === '' ? '' : `<a href="${escaped(link)}">${escaped(text)}</a>`}<br><small>${escaped(link)}</small></p>`

/** Makes a mail of paragraphs: as text, and as HTML without pictures, styles or anything that is fetched. */
export function letterOf(subject: string, language: string, paragraphs: readonly Paragraph[]): Letter {
  const text = paragraphs.map(({ text, link }) => (link === undefined ? text : `${text}:\n${link}`)).join('\n\n')
  const body = paragraphs.map(htmlOf).join('\n')
  const html = `<!doctype html>\n<html lang="${escaped(language)}"><head><meta charset="utf-8"><title>${escaped(oneLine(subject))}</title></head><body>\n${body}\n</body></html>\n`
  return { subject: oneLine(subject), text: `${text}\n`, html }
}
