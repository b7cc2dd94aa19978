/** A JSON schema as an OpenAPI document holds it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: unknown
}

const nameOf = (reference: string): string => reference.split('/').at(-1) as string

/** What a schema admits, as a TypeScript type; what it refers to is a type of the same name. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ')
  const { type } = schema
  if (typeof type === 'object') return type.map((each) => typeOf({ ...schema, type: each })).join(' | ')
  if (type === 'array') return `readonly (${typeOf(schema.items ?? {})})[]`
  if (type === 'integer') return 'number'
  if (type !== 'object') return type ?? 'unknown'
  if (schema.properties === undefined) return 'Readonly<Record<string, unknown>>'
  const members = Object.entries(schema.properties).map(
    ([name, member]) =>
      `readonly ${JSON.stringify(name)}${schema.required?.includes(name) === true ? '' : '?'}: ${typeOf(member)}`,
  )
  return `{ ${members.join('; ')} }`
}
