import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { repository, startServer } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { type Schema, typeOf } from './support/openapi-types.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** The SDK's types of what a server answers, and what the document calls them. */
const answers = {
  Account: 'Account',
  Member: 'Member',
  Key: 'Key',
  CreatedKey: 'CreatedKey',
  RotatedKey: 'RotatedKey',
  Usage: 'Usage',
  Activity: 'Activity',
  LogEntry: 'Event',
  Credential: 'Credential',
  CreatedCredential: 'CreatedCredential',
  KeyBatchResult: 'changeKeysAnswer',
  Head: 'readHeadAnswer',
}

/** The SDK's types of what it sends, and the operation whose body or query they are. */
const requests = {
  AccountCreation: 'createAccountBody',
  MemberCreation: 'createMemberBody',
  MemberChanges: 'updateMemberBody',
  KeyCreation: 'createKeyBody',
  KeyChanges: 'updateKeyBody',
  KeyRotation: 'rotateKeyBody',
  KeyOverride: 'setKeyOverrideBody',
  KeyBatch: 'changeKeysBody',
  CredentialCreation: 'createCredentialBody',
  VerifyRequest: 'verifyBody',
  HeadQuery: 'readHeadQuery',
  LogQuery: 'listEventsQuery',
  KeyListQuery: 'listKeysQuery',
}

/** The names of the members of a type, however deep; whether one may be absent is part of its name. */
const helpers = `
type Optional<T, K extends keyof T> = {} extends Pick<T, K> ? '?' : ''
type Part<T> = T extends readonly (infer Item)[] ? Part<Item> : T extends object ? (string extends keyof T ? never : T) : never
type Names<T, Depth extends readonly unknown[] = []> = Depth['length'] extends 4 ? never : Part<T> extends infer P ? P extends object
  ? { [K in keyof P & string]-?: \`\${K}\${Optional<P, K>}\` | \`\${K}.\${Names<Exclude<P[K], undefined>, [...Depth, 1]>}\` }[keyof P & string]
  : never : never
/** What stands in one of them alone; nothing where they agree. */
type Differences<A, B> = Exclude<A, B> | Exclude<B, A>
/** A type whose words are any text, for what the document leaves open. */
type Widened<T> = T extends string ? string : T extends number | boolean | null | undefined ? T : T extends readonly (infer I)[] ? readonly Widened<I>[] : { [K in keyof T]: Widened<T[K]> }
const same = <A, B>(_difference: [Differences<A, B>] extends [never] ? '' : Differences<A, B>): void => {}
const fits = <A extends B, B>(_type?: (given: A) => B): void => {}
`

const folder = temporaryFolder()
let document: Document

beforeAll(async () => {
  const server = await startServer({ KEYWRIGHT_DATA: temporaryFolder() })
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document
  await server.stop()
})

function wireTypes(): ReadonlyMap<string, Schema> {
  const types = new Map(Object.entries(document.components.schemas))
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    const query = (operation.parameters ?? []).filter((each) => each.in === 'query' && each.name !== 'cursor')
    const body = operation.requestBody?.content['application/json']?.schema
    const answer = operation.responses['200']?.content?.['application/json']?.schema
    if (body !== undefined) types.set(`${operation.operationId}Body`, body)
    if (answer !== undefined) types.set(`${operation.operationId}Answer`, answer)
    types.set(`${operation.operationId}Query`, {
      type: 'object',
      properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    })
  }
  return types
}

/** What the compiler says where the SDK's types stand beside those of the document. */
function complaints(types: ReadonlyMap<string, Schema>): readonly string[] {
  const name = (wire: string) => wire.replace(/\W/g, '_')
  const wires = [...types].map(([wire, schema]) => `export type ${name(wire)} = ${typeOf(schema)}`)
  // The words of a query are text on the wire; how the client writes them is its own tests' matter.
  const checks = [
    ...Object.entries(answers).flatMap(([own, wire]) => [
      `same<Names<Sdk.${own}>, Names<Wire.${wire}>>('') // ${own}`,
      `fits<Widened<Sdk.${own}>, Widened<Wire.${wire}>>(); fits<Widened<Wire.${wire}>, Widened<Sdk.${own}>>() // ${own}`,
    ]),
    ...Object.entries(requests).flatMap(([own, wire]) => [
      `same<Names<Sdk.${own}>, Names<Wire.${wire}>>('') // ${own}`,
      ...(wire.endsWith('Body') && own !== 'KeyBatch' ? [`fits<Sdk.${own}, Wire.${wire}>() // ${own}`] : []),
    ]),
  ]
  writeFileSync(join(folder, 'wire.ts'), `${wires.join('\n')}\n`)
  const imports = "import type * as Sdk from '@keywright/sdk'\nimport type * as Wire from './wire.ts'\n"
  writeFileSync(join(folder, 'records.ts'), `${imports}${helpers}${checks.join('\n')}\n`)
  const { stdout, error } = spawnSync(join(repository, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
  if (error !== undefined) throw error
  return stdout.split('\n').filter((line) => line.includes(basename(folder)))
}

test("U15: the SDK's records have the fields that the served document names, each present or absent alike, and no other", () => {
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  const tsconfig = {
    extends: join(repository, 'tsconfig.base.json'),
    // `undefined` in an optional field is left out by JSON.
    compilerOptions: { lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], exactOptionalPropertyTypes: false },
    include: ['*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const types = wireTypes()
  expect(complaints(types)).toEqual([])

  // A field more, one less, one that may be absent, and another type of value are each a complaint.
  const key = types.get('Key') as Schema & { readonly properties: Readonly<Record<string, Schema>> }
  const { masked, ...fewer } = key.properties
  expect(masked).toBeDefined()
  for (const wrong of [
    { ...key, properties: { ...key.properties, added: { type: 'string' } } },
    { ...key, properties: fewer },
    { ...key, required: (key.required ?? []).filter((name) => name !== 'masked') },
    { ...key, properties: { ...key.properties, masked: { type: 'boolean' } } },
  ] as const)
    expect(complaints(new Map([...types, ['Key', wrong]])).join('\n')).toContain('records.ts(')
}, 120_000)
