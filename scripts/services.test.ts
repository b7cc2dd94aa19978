import { expect, test } from 'vitest'
import { findServices, judgeServices } from './services.ts'

const none = findServices({ PATH: '' }, () => false)
const all = findServices({ PATH: '/bin-a:/bin-b' }, () => true)

test('a missing service is said in one line and leaves the run alone', () => {
  expect(judgeServices(none, false)).toEqual({
    lines: [
      'left out: the tests in a browser, because chromium is not here',
      'left out: the tests on a real PostgreSQL server (PGlite stands for it), because PostgreSQL is not here',
      'left out: the tests on a real Redis server, because redis-server is not here',
      'left out: the test of the guide behind nginx, because nginx is not here',
      'left out: the test of the guide behind haproxy, because haproxy is not here',
      'left out: the test of the guide behind caddy, because caddy is not here',
    ],
    fail: false,
  })
})

test('with CI=true a missing service fails the run with one sentence', () => {
  const { lines, fail } = judgeServices(none, true)
  expect(fail).toBe(true)
  expect(lines).toEqual([
    'CI=true, and there is no chromium, PostgreSQL, redis-server, nginx, haproxy, caddy: every test has to run here. Install it with scripts/install-test-services.sh.',
  ])
})

test('what is there is named to the tests and passes in CI too', () => {
  expect(judgeServices(all, true)).toEqual({ lines: [], fail: false })
  expect(all.map((service) => service.variable)).toEqual([
    'KEYWRIGHT_TEST_CHROMIUM',
    'KEYWRIGHT_TEST_POSTGRES',
    'KEYWRIGHT_TEST_REDIS',
    'KEYWRIGHT_TEST_NGINX',
    'KEYWRIGHT_TEST_HAPROXY',
    'KEYWRIGHT_TEST_CADDY',
  ])
  expect(all.every((service) => service.found !== undefined)).toBe(true)
})

test('CHROMIUM_PATH is believed over the usual place, and not replaced by it', () => {
  const chromium = (isExecutable: (path: string) => boolean) =>
    findServices({ CHROMIUM_PATH: '/opt/own/chromium' }, isExecutable)[0]?.found
  expect(chromium(() => true)).toBe('/opt/own/chromium')
  expect(chromium((path) => path === '/usr/bin/chromium')).toBeUndefined()
})

test('PostgreSQL from PATH is given as the folder of its programs', () => {
  const [, postgres] = findServices({ PATH: '/opt/pg/bin' }, (path) => path === '/opt/pg/bin/postgres')
  expect(postgres?.found).toBe('/opt/pg/bin')
})
