import { expect, test } from 'vitest'
import { routePattern } from './route-pattern.ts'
import { routes } from './table.ts'

test('each route is found by its own pattern, whatever its parameters hold', () => {
  for (const { spec } of routes) {
    const url = spec.path.replaceAll(/\{\w+\}/g, 'key_0123456789')
    const pattern = routePattern({ method: spec.method.toUpperCase(), url: `${url}?cursor=abc` })
    if (pattern === null) expect(spec.tag === 'Health' || spec.path === '/', spec.path).toBe(true)
    else expect(pattern).toBe(spec.path)
  }
})

test.each([
  ['POST', '/v1/verify', '/v1/verify'],
  ['GET', '/v1/feed?after=1', '/v1/feed'],
  ['GET', '/v1/forward-auth/jobs?api_key=secret', '/v1/forward-auth'],
  ['HEAD', '/v1/accounts', '/v1/accounts'],
  ['TRACE', '/v1/accounts', '/v1/accounts'],
  ['GET', '/v1/keys/', undefined],
  ['GET', '/nowhere/secret', undefined],
  ['GET', '/setup/secret-token', '/setup/{token}'],
])('%s %s is named %s: nothing of the request itself', (method, url, pattern) => {
  expect(routePattern({ method, url })).toBe(pattern)
})

test('files of the console and questions after the health of the server are not traced', () => {
  for (const url of ['/', '/assets/index-abc.js', '/accounts/acc_1/keys', '/healthz', '/readyz', '/metrics'])
    expect(routePattern({ method: 'GET', url }), url).toBeNull()
})
