import * as z from 'zod'

/** A value of JSON Schema or OpenAPI, which is plain JSON. */
export type Json = { [name: string]: unknown }

/** The named parts of a document; they are gathered while it is made. */
export interface Components {
  readonly schemas: Record<string, unknown>
}

/** A schema as OpenAPI says it; named parts go to the components. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Components): unknown {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // What is answered may gain members, and clients must bear that; what is sent may not have unknown ones.
    override: ({ jsonSchema }) => {
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      for (const name of Object.keys(jsonSchema) as (keyof typeof jsonSchema)[])
        if (jsonSchema[name] === undefined) delete jsonSchema[name]
    },
  }) as Json
  const { $schema: _, $defs, ...rest } = made
  for (const [name, definition] of Object.entries(($defs ?? {}) as Json)) components.schemas[name] = named(definition)
  const { id, ...own } = rest
  if (typeof id !== 'string') return named(own)
  components.schemas[id] = named(own)
  return { $ref: `#/components/schemas/${id}` }
}

/** The same schema with its references into the components; ids are of use to zod alone. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !(name === 'id' && typeof member === 'string'))
      .map(([name, member]) => [
        name,
        name === '$ref' && typeof member === 'string'
          ? member.replace('#/$defs/', '#/components/schemas/')
          : named(member),
      ]),
  )
}
