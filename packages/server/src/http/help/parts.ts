import { type Html, html } from '../html.ts'

/** What can stand in a template of HTML. */
export type Part = Parameters<typeof html>[1]

/** A sentence of our own: parts between backticks are code. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

/** One paragraph of sentences of our own. */
export const paragraph = (...sentences: readonly (string | null | false)[]): Html | null => {
  const said = sentences.filter((each) => typeof each === 'string')
  return said.length === 0 ? null : html`<p>${prose(said.join(' '))}</p>\n`
}

/** A text of the configuration: an empty line begins a new paragraph. */
export const configured = (text: string): Html =>
  html`${text
    .split(/\n\s*\n/)
    .filter((each) => each.trim() !== '')
    .map((each) => html`<p>${each}</p>\n`)}`

/** A list; `null` where there is nothing in it. */
export function list(items: readonly (Part | null | false)[], ordered = false): Html | null {
  const shown = items.filter((each) => each !== null && each !== false)
  if (shown.length === 0) return null
  const body = shown.map((each) => html`<li>${each}</li>\n`)
  return ordered ? html`<ol>\n${body}</ol>\n` : html`<ul>\n${body}</ul>\n`
}

/** A row of a table: its heading and its cells. */
export interface Row {
  readonly head: Part
  readonly cells: readonly Part[]
}

/** Rows below a heading of their own; without a label they stand by themselves. */
export interface RowGroup {
  readonly label: string | null
  readonly rows: readonly Row[]
}

/** A table in a region that scrolls by itself and that the keyboard reaches. `id` is that of its caption. */
export function table(id: string, caption: string, head: readonly Part[], groups: readonly RowGroup[]): Html {
  return html`<div class="wide" role="region" aria-labelledby="${id}" tabindex="0"><table>
<caption id="${id}">${caption}</caption>
<thead><tr>${head.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
${groups.map(
  ({ label, rows }) => html`<tbody>
${label !== null && html`<tr class="group"><th scope="rowgroup" colspan="${head.length}">${label}</th></tr>\n`}${rows.map(
  (row) => html`<tr><th scope="row">${row.head}</th>${row.cells.map((each) => html`<td>${each}</td>`)}</tr>\n`,
)}</tbody>\n`,
)}</table></div>\n`
}

const isEmpty = (part: Part): boolean => part === null || part === '' || part === false

/** A table of plain rows, without the columns in which every cell is empty. */
export function fullTable(id: string, caption: string, head: readonly string[], rows: readonly Row[]): Html {
  const [first = '', ...others] = head
  const shown = others.flatMap((_, index) => (rows.some(({ cells }) => !isEmpty(cells[index] ?? null)) ? [index] : []))
  return table(
    id,
    caption,
    [first, ...shown.map((index) => others[index] ?? '')],
    [
      {
        label: null,
        rows: rows.map((row) => ({ head: row.head, cells: shown.map((index) => row.cells[index] ?? null) })),
      },
    ],
  )
}
