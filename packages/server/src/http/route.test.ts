import { problem } from '@keywright/core'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { jsonResponse } from './respond.ts'
import { parametersOf, route } from './route.ts'
import { problemsOf } from './route-problems.ts'
import { routes } from './table.ts'

const Thing = z.object({ id: z.string() })
const common = {
  method: 'get',
  path: '/x/{thing}',
  operationId: 'x',
  summary: '',
  tag: 'Keys',
  returns: Thing,
} as const

describe('a route that forgets something does not compile', () => {
  it('is held by the compiler: each line below must be an error', () => {
    // @ts-expect-error permission is not optional
    route({ ...common, problems: [] }, async () => ({ id: '' }))
    // @ts-expect-error there is no such key action
    route({ ...common, permission: { key: 'destroy' }, problems: [] }, async () => ({ id: '' }))
    // @ts-expect-error a problem must exist in the table
    route({ ...common, permission: 'public', problems: ['no_such_problem'] }, async () => ({ id: '' }))
    // @ts-expect-error this problem is not declared by the route
    route({ ...common, permission: 'public', problems: ['key_not_found'] }, async () => problem('account_not_found'))
    // @ts-expect-error the answer must match `returns`
    route({ ...common, permission: 'public', problems: [] }, async () => ({ id: 1 }))
    // @ts-expect-error an open route has no actor
    route({ ...common, permission: 'public', problems: [] }, async ({ actor }) => ({ id: actor.id }))
    // @ts-expect-error the path has no such parameter
    route({ ...common, permission: 'public', problems: [] }, async ({ params }) => ({ id: params.other }))
    // @ts-expect-error the route takes no body
    route({ ...common, permission: 'public', problems: [] }, async ({ body }) => ({ id: body.id }))
    const optional = {
      ...common,
      method: 'post',
      permission: 'operator',
      body: z.strictObject({ a: z.string() }),
      bodyOptional: true,
    } as const
    // @ts-expect-error a body that may be left out may be absent
    route({ ...optional, problems: [] }, async ({ body }) => ({ id: body.a }))
    route({ ...common, permission: { key: 'view' }, problems: [] }, async ({ actor }) => {
      // @ts-expect-error a verify credential never reaches a route for keys
      const isVerify = actor.kind === 'verify'
      return { id: String(isVerify) }
    })
    // @ts-expect-error who signed in is no operator
    route({ ...common, permission: 'person', problems: [] }, async ({ actor }) => ({ id: actor.accountId }))
    route({ ...common, permission: 'person', problems: [] }, async ({ actor }) => ({ id: actor.person.email }))
    // @ts-expect-error precondition_failed needs ifMatch
    route({ ...common, permission: 'operator', problems: [] }, async () => problem('precondition_failed'))

    route({ ...common, permission: 'operator', problems: [], ifMatch: true }, async () =>
      problem('precondition_failed'),
    )
    route({ ...common, permission: 'operator', problems: [] }, async ({ actor, params }) => ({
      id: actor.id + params.thing,
    }))
    expect(true).toBe(true)
  })
})

describe('the route table', () => {
  it('has each operation and each method of a path once', () => {
    const ids = routes.map(({ spec }) => spec.operationId)
    const places = routes.map(({ spec }) => `${spec.method} ${spec.path}`)
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(places).size).toBe(places.length)
  })

  it('lists for every guarded route what a stranger and a caller without the right are answered', () => {
    for (const each of routes.filter(({ spec }) => spec.permission !== 'public')) {
      expect(problemsOf(each)).toEqual(expect.arrayContaining(['credential_missing', 'invalid_token', 'forbidden']))
    }
  })

  it('names the parameters of a path in order', () => {
    expect(parametersOf('/v1/accounts/{account}/members/{member}')).toEqual(['account', 'member'])
  })
})

describe('the response schema is a filter', () => {
  const made = route({ ...common, permission: 'public', problems: [] }, async () => ({ id: 'a' }))
  const request = { url: new URL('http://x/'), headers: new Headers() }

  it('lets out nothing that it does not name', async () => {
    if (made.kind !== 'json') throw new Error('not a JSON route')
    const response = jsonResponse(made.spec, { id: 'a', digest: 'd', secret: 's' }, request)
    expect(await response.json()).toEqual({ id: 'a' })
  })

  it('refuses to answer what is not as promised', () => {
    if (made.kind !== 'json') throw new Error('not a JSON route')
    const { spec } = made
    expect(() => jsonResponse(spec, { id: 1 }, request)).toThrow()
  })
})
