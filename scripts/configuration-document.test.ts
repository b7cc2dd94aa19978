import { expect, test } from 'vitest'
import { configurationDocument, typesOf } from './configuration-document.ts'

test('a type comes with its docstring, without what only the compiler needs', () => {
  const source = `/** A text. */
export type Text = string

/** How. */
export const ways = ['one', 'two'] as const
export type Way = (typeof ways)[number]

export interface Thing {
  /** What it is called. */
  readonly name: Text
  readonly list?: readonly string[]
  readonly choice?:
    | { readonly kind: 'first' }
    | { readonly kind: 'last' }
}

/** Makes one. */
export const make = (thing: Thing): Thing => thing
`
  expect(Object.fromEntries(typesOf(source))).toEqual({
    Text: '/** A text. */\ntype Text = string',
    ways: "/** How. */\nconst ways = ['one', 'two'] as const",
    Way: 'type Way = (typeof ways)[number]',
    Thing:
      "interface Thing {\n  /** What it is called. */\n  name: Text\n  list?: readonly string[]\n  choice?: { kind: 'first' } | { kind: 'last' }\n}",
  })
})

test('every type that the document names is in it', async () => {
  const document = await configurationDocument()
  const declared = new Set([...document.matchAll(/^(?:interface|type|const) (\w+)/gm)].map(([, name]) => name))
  const named = new Set([...document.matchAll(/: (?:readonly )?\(?([A-Z]\w+)/g)].map(([, name]) => name))
  expect(declared.size).toBeGreaterThan(20)
  expect([...named].filter((name) => !declared.has(name) && !['Readonly', 'Partial'].includes(name ?? ''))).toEqual([])
})
