import { type Html, html, page } from './html.ts'
import type { Json } from './json-schema.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema?: Json
  }[]
  readonly requestBody?: {
    readonly required?: boolean
    readonly content?: Readonly<Record<string, { readonly schema?: Json }>>
  }
  readonly responses?: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: Json }>> }
    >
  >
}

interface Document {
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Json>> }
}

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** Text in which parts between backticks are code. */
const prose = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

const anchorOf = ({ method, path, operation }: Entry): string =>
  operation.operationId ?? `${method}${path}`.replaceAll(/\W+/g, '-')

const descriptionOf = ({ description }: Json): string => (typeof description === 'string' ? description : '')

/** A type in a few characters: `string | null`, `Key[]`, with a link where it has a name. */
function typeOf(schema: Json | undefined): Html {
  if (schema === undefined) return html`any`
  const { $ref, type, items, anyOf, oneOf, allOf, enum: choices, const: only } = schema
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? ''
    return html`<a href="#schema-${name}">${name}</a>`
  }
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`
  if (Array.isArray(choices))
    return html`${choices.map((choice, index) => html`${index > 0 && ' | '}<code>${JSON.stringify(choice)}</code>`)}`
  const union = (anyOf ?? oneOf ?? allOf) as readonly Json[] | undefined
  if (union !== undefined) return html`${union.map((each, index) => html`${index > 0 && ' | '}${typeOf(each)}`)}`
  if (type === 'array') return html`list of ${typeOf(items as Json | undefined)}`
  if (type === 'object' && schema['properties'] !== undefined) return membersOf(schema)
  return html`${Array.isArray(type) ? type.join(' | ') : typeof type === 'string' ? type : 'any'}${typeof schema['format'] === 'string' && ` (${schema['format']})`}`
}

function membersOf(schema: Json): Html {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>)
  const required = (schema['required'] ?? []) as readonly string[]
  if (properties.length === 0) return html`object`
  return html`<table><thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
${properties.map(
  ([name, member]) =>
    html`<tr><td><code>${name}</code>${!required.includes(name) && html` <span class="soft">optional</span>`}</td><td>${typeOf(member)}</td><td>${prose(descriptionOf(member))}</td></tr>
`,
)}</tbody></table>`
}

function parametersOf({ parameters = [] }: Operation): Html {
  if (parameters.length === 0) return html``
  return html`<h4>Parameters</h4><div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
${parameters.map(
  (parameter) =>
    html`<tr><td><code>${parameter.name}</code></td><td>${parameter.in}</td><td>${typeOf(parameter.schema)}</td><td>${prose(parameter.description ?? '')}</td></tr>
`,
)}</tbody></table></div>`
}

function bodyOf({ requestBody }: Operation): Html {
  const schema = requestBody?.content?.['application/json']?.schema
  if (schema === undefined) return html``
  return html`<h4>Body${!requestBody?.required && ' (optional)'}</h4><div class="wide">${typeOf(schema)}</div>`
}

function responsesOf({ responses = {} }: Operation): Html {
  return html`<h4>Answers</h4><div class="wide"><table><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead><tbody>
${Object.entries(responses).map(([status, { description = '', content = {} }]) => {
  const [type, media] = Object.entries(content)[0] ?? []
  const isProblem = type === 'application/problem+json'
  const body = isProblem
    ? html`<a href="#schema-Problem">Problem</a>`
    : media === undefined
      ? ''
      : type === 'application/json'
        ? typeOf(media.schema)
        : type
  return html`<tr><td>${status}</td><td>${isProblem ? problemsOf(description) : prose(description)}</td><td>${body ?? ''}</td></tr>
`
})}</tbody></table></div>`
}

/** The codes of a refusal, each with a link to its page. */
const problemsOf = (description: string): Html =>
  html`${description.split('; ').map((each) => {
    const [, code, title] = /^`([a-z_]+)`: (.*)$/.exec(each) ?? []
    return code === undefined
      ? html`<p>${prose(each)}</p>`
      : html`<div><a href="/problems/${code}"><code>${code}</code></a> ${title ?? ''}</div>`
  })}`

const entryOf = (entry: Entry): Html => html`<section aria-labelledby="${anchorOf(entry)}">
<h3 id="${anchorOf(entry)}">${entry.operation.summary ?? ''}</h3>
<p><code><span class="method">${entry.method.toUpperCase()}</span> ${entry.path}</code></p>
${(entry.operation.description ?? '').split('\n\n').map((part) => html`<p>${prose(part)}</p>`)}
${parametersOf(entry.operation)}
${bodyOf(entry.operation)}
${responsesOf(entry.operation)}
</section>
`

/** The API as one page that reads without script, made from its OpenAPI document. */
export function referencePage(openapi: object): string {
  const { tags = [], paths, components } = openapi as Document
  const entries = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Entry => ({ method, path, operation })),
  )
  const sections = tags
    .map((tag) => ({ ...tag, entries: entries.filter(({ operation }) => operation.tags?.[0] === tag.name) }))
    .filter((section) => section.entries.length > 0)
  const schemas = Object.entries(components?.schemas ?? {}).sort(([left], [right]) => (left < right ? -1 : 1))
  return page(
    'API reference',
    html`<h1>API reference</h1>
<p>Send an operator or verify credential, or a managing key, as <code>Authorization: Bearer …</code>, exactly once per request. Bodies are JSON. Failures are <a href="/problems">problems</a> (RFC 9457). The same as a document for programs: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Contents"><ul class="plain">
${sections.map((section) =>
  section.entries.map(
    (entry) => html`<li><a href="#${anchorOf(entry)}">${entry.operation.summary ?? entry.path}</a></li>
`,
  ),
)}</ul></nav>
${sections.map((section) => html`<h2>${section.name}</h2><p>${prose(section.description ?? '')}</p>${section.entries.map(entryOf)}`)}
<h2>Schemas</h2>
${schemas.map(([name, schema]) => html`<h3 id="schema-${name}">${name}</h3><p>${prose(descriptionOf(schema))}</p><div class="wide">${typeOf({ ...schema, description: undefined })}</div>`)}`,
  )
}
