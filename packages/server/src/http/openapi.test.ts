import { problems } from '@keywright/core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from './json-schema.ts'
import { openapiDocument } from './openapi.ts'
import { referencePage } from './reference.ts'
import { problemsOf } from './route-problems.ts'
import { routes } from './table.ts'
import { openTestServer, type TestServer, testDeps } from './testing.ts'

const operation = {
  operationId: 'verifyKey',
  summary: 'Check one key',
  responses: { 200: { description: 'The verdict' } },
}
const document = openapiDocument(
  routes,
  [{ path: '/v1/verify', method: 'post', operation }],
  'https://keys.example',
) as {
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { readonly content?: Record<string, Json> }> }>
  >
  readonly components: { readonly schemas: Record<string, unknown> }
}

let server: TestServer
beforeAll(async () => {
  server = await openTestServer(testDeps({ dataPlane: [{ path: '/v1/verify', method: 'post', operation }] }))
})
afterAll(() => server.close())

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1, as served', async () => {
    const result = await new Validator().validate((await server.send('GET', '/openapi.json')).json())
    expect(result.errors).toBeUndefined()
    expect(result.valid).toBe(true)
  })

  it('would not be valid with a broken operation', async () => {
    const broken = { ...document, paths: { '/x': { get: { responses: 'none' } } } }
    expect((await new Validator().validate(broken)).valid).toBe(false)
  })

  it('has every route, the data plane, and every problem of every route under its status', () => {
    expect(document.paths['/v1/verify']?.['post']).toMatchObject(operation)
    for (const route of routes) {
      const { responses } = document.paths[route.spec.path]?.[route.spec.method] ?? { responses: {} }
      for (const code of problemsOf(route)) {
        const { status } = problems[code]
        if (route.spec.operationId === 'readReadiness') continue
        expect(JSON.stringify(responses[status]?.content?.['application/problem+json'])).toContain(`"${code}"`)
      }
    }
  })

  it('says of each route how one shows who one is: by a credential, by the session of a browser, or not at all', () => {
    const served = document as unknown as {
      readonly components: { readonly securitySchemes: Record<string, unknown> }
      readonly paths: Record<string, Record<string, { readonly security?: readonly Record<string, unknown>[] }>>
    }
    expect(served.components.securitySchemes).toMatchObject({
      bearer: { type: 'http' },
      session: { type: 'apiKey', in: 'cookie', name: '__Host-keywright_session' },
    })
    for (const { spec } of routes) {
      const named = served.paths[spec.path]?.[spec.method]?.security?.flatMap((each) => Object.keys(each))
      const wanted =
        spec.permission === 'public' ? [] : spec.permission === 'person' ? ['session'] : ['bearer', 'session']
      expect([spec.operationId, named]).toEqual([spec.operationId, wanted])
    }
  })

  it('has no reference that leads nowhere', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)) {
      expect(name).toMatch(/^#\/components\/schemas\//)
      expect(document.components.schemas).toHaveProperty(String(name).split('/').at(-1) ?? '')
    }
  })
})

describe('the reference page', () => {
  it('shows every operation, and needs nothing from elsewhere', () => {
    const text = referencePage(document)
    for (const { spec } of routes) expect(text).toContain(`id="${spec.operationId}"`)
    expect(text).toContain('id="verifyKey"')
    expect(text).not.toMatch(/<script|\bsrc=|https?:\/\/(?!keys\.example)/)
    expect(text).not.toMatch(/ style=| on\w+=/)
  })

  it('shows what the document says as text, never as HTML', () => {
    const summary = '<img src=x onerror=alert(1)>'
    const text = referencePage(
      openapiDocument([], [{ path: '/x', method: 'get', operation: { summary } }], 'https://keys.example'),
    )
    expect(text).toContain('&lt;img')
    expect(text).not.toContain('<img')
  })
})
