import type { AcceptedHeader, ResolvedType } from '@keywright/core'
import { html } from '../../html.ts'
import { type Help, type HelpSection, headerLine } from '../model.ts'
import { list, paragraph, prose } from '../parts.ts'

const everyHeader: readonly AcceptedHeader[] = ['authorization', 'x-api-key']

/** A request with a key of a type: the configured one, else one to the first address that is known. */
function exampleOf({ config, say }: Help, { example }: ResolvedType): string {
  if (example !== null) return say(example)
  const [header = 'authorization'] = config.acceptedHeaders
  const address = config.environments.find(({ baseUrl }) => baseUrl !== null)?.baseUrl ?? '$API_URL'
  return `curl "${address}" \\\n  -H "${headerLine(header)}"`
}

/** How programs send a key, with a request to run. */
export function useSection(help: Help): HelpSection {
  const { config, words, say } = help
  const accepted = config.acceptedHeaders
  const examples = config.types.map((type) => ({
    id: `example-${type.id}`,
    title: config.types.length === 1 ? words.use.example : words.use.exampleOf(say(type.label)),
    text: exampleOf(help, type),
  }))
  return {
    id: 'use',
    title: words.use.title,
    body: html`${paragraph(accepted.length === 1 ? words.use.header : words.use.headers)}<pre tabindex="0"><code>${accepted.map(headerLine).join('\n')}</code></pre>
${paragraph(words.use.store)}${examples.map(
  ({ id, title, text }) => html`<h3 id="${id}">${title}</h3>
<pre tabindex="0"><code>${text}</code></pre>
`,
)}${paragraph(words.use.placeholder)}<h3 id="not-accepted">${words.use.refusedTitle}</h3>
${list([
  ...everyHeader
    .filter((header) => !accepted.includes(header))
    .map((header) => prose(words.use.otherHeader(headerLine(header).split(':')[0] ?? header))),
  prose(words.use.address),
  prose(words.use.several),
])}`,
  }
}
