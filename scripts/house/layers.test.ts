import { expect, test } from 'vitest'
import { crossings, importsOf, layerOf, layers, violations } from './layers.ts'
import { isTest, repositoryFiles } from './repository.ts'

const sources = repositoryFiles().filter((file) => /\.tsx?$/.test(file.path) && !isTest(file.path))

const at = (path: string, text: string) => violations({ path, text })

/** For each rule of the direction, a file that breaks it. */
const badSamples: readonly (readonly [rule: string, path: string, text: string])[] = [
  [
    'core imports no layer',
    'packages/core/src/decide.ts',
    "import type {\n  Row,\n} from '../../server/src/storage/schema.ts'",
  ],
  ['core imports no package', 'packages/core/src/decide.ts', "import { z } from 'zod'"],
  ['core imports no module of Node', 'packages/core/src/decide.ts', "import { hash } from 'node:crypto'"],
  ['core imports nothing dynamically', 'packages/core/src/decide.ts', "const fs = await import('node:fs')"],
  ['core does not know the SDK', 'packages/core/src/decide.ts', "export * from '@keywright/sdk'"],
  ['storage does not know http', 'packages/server/src/storage/keys.ts', "import { app } from '../http/app.ts'"],
  ['http does not know cli', 'packages/server/src/http/app.ts', "import { serve } from '../cli/serve.ts'"],
  ['Kysely only in storage', 'packages/server/src/http/routes/keys.ts', "import { sql } from 'kysely'"],
  ['Kysely only in storage, types too', 'packages/server/src/cli/keys.ts', "import type { Kysely } from 'kysely'"],
  [
    'the database engine only in storage',
    'packages/server/src/people/members.ts',
    "import { PGlite } from '@electric-sql/pglite'",
  ],
  ['Hono only in http', 'packages/server/src/storage/keys.ts', "import { Hono } from 'hono'"],
  ['Hono only in its own middleware', 'packages/sdk/src/middleware/koa.ts', "import type { Context } from 'hono'"],
  ['zod only in http', 'packages/server/src/storage/keys.ts', "import * as z from 'zod'"],
  ['zod only in http, sub-paths too', 'packages/server/src/cli/keys.ts', "import * as z from 'zod/mini'"],
  ['server.ts is wired by nobody but cli', 'packages/server/src/http/app.ts', "import { start } from '../server.ts'"],
  ['the wiring is known to nobody below', 'packages/server/src/storage/keys.ts', "import '../installation.ts'"],
  ['the bottom files know no layer', 'packages/server/src/clock.ts', "import { open } from './storage/sqlite.ts'"],
  ['outbox does not know http', 'packages/server/src/outbox/mail.ts', "import { app } from '../http/app.ts'"],
  ['people does not know http', 'packages/server/src/people/roles.ts', "import '../http/app.ts'"],
  ['the SDK has no dependency', 'packages/sdk/src/client.ts', "import ky from 'ky'"],
  ['the SDK does not know the server', 'packages/sdk/src/client.ts', "import { defineConfig } from 'keywright'"],
  ['a middleware takes types only', 'packages/sdk/src/middleware/express.ts', "import { Router } from 'express'"],
  [
    'a middleware takes its own framework only',
    'packages/sdk/src/middleware/express.ts',
    "import type { X } from 'fastify'",
  ],
  ['the console does not know the server', 'apps/console/src/main.tsx', "import { defineConfig } from 'keywright'"],
  ['an unknown folder needs a row', 'packages/server/src/misc/x.ts', ''],
  ['a new single file lies at the bottom too', 'packages/server/src/misc.ts', "import './server.ts'"],
  ['an unknown package needs a row', 'packages/extra/src/main.ts', ''],
]

test.each(badSamples)('the guard rejects a bad sample: %s', (_rule, path, text) => {
  expect(at(path, text)).toHaveLength(1)
})

test('the guard accepts what the direction allows', () => {
  expect(
    at(
      'packages/server/src/storage/keys.ts',
      "import { sql } from 'kysely'\nimport type { Grant } from '@keywright/core'",
    ),
  ).toEqual([])
  expect(
    at('packages/server/src/http/routes/keys.ts', "import * as z from 'zod'\nimport { now } from '../../clock.ts'"),
  ).toEqual([])
  expect(
    at(
      'packages/sdk/src/middleware/hono.ts',
      "import type { Context } from 'hono'\nimport { guard } from '../guard.ts'",
    ),
  ).toEqual([])
  expect(
    at(
      'packages/server/src/server.ts',
      "import './http/app.ts'\nimport './storage/keys.ts'\nimport './outbox/mail.ts'",
    ),
  ).toEqual([])
  expect(at('scripts/anything.ts', "import 'kysely'")).toEqual([])
})

test('every form of an import is seen', () => {
  const text = [
    "import a from 'one'",
    "import type {\n  B,\n} from 'two'",
    "import 'three'",
    "export { c } from 'four'",
    "const d = await import('five')",
    "let e: typeof import('six')",
    "  import f from 'seven'",
    "export * as g from 'eight'",
  ].join('\n')
  expect(importsOf(text).map((found) => found.target)).toEqual([
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
  ])
})

test('every import points inwards', () => {
  expect(sources.flatMap(violations)).toEqual([])
})

test('no relative import leaves its package', () => {
  const bad = { path: 'packages/server/src/http/app.ts', text: "import { x } from '../../../core/src/main.ts'" }
  expect(crossings(bad)).toHaveLength(1)
  expect(
    repositoryFiles()
      .filter((file) => /\.tsx?$/.test(file.path))
      .flatMap(crossings),
  ).toEqual([])
})

test('the main layers are there to be judged', () => {
  const covered = new Set(sources.map((file) => layerOf(file.path)))
  for (const layer of ['core', 'base', 'storage', 'http', 'cli', 'server', 'sdk', 'sdk/hono']) {
    expect(Object.keys(layers)).toContain(layer)
    expect(covered, `no source file of the layer ${layer}`).toContain(layer)
  }
})
