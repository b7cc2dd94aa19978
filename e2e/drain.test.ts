import { Agent, request } from 'node:http'
import { expect, test } from 'vitest'
import { configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount } from './support/operating.ts'
import { until } from './support/poll.ts'

/** What a request over a kept connection was answered, and whether the server will take another one on it. */
const askOn = (agent: Agent, url: string): Promise<{ readonly status: number | undefined; readonly kept: boolean }> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (response) => {
      response.resume()
      const { connection } = response.headers
      response.on('end', () => resolve({ status: response.statusCode, kept: connection !== 'close' }))
    })
    asked.on('error', reject)
    asked.end()
  })

test('a server that was told to stop says at once that it is not ready, answers as ever for as long as the settings say, and lets go of connections', {
  timeout: 60_000,
}, async () => {
  const environment = { KEYWRIGHT_DRAIN_MS: '3000' }
  const server = await serveInProcess({ config: configFile, environment })
  const { operator, url } = server
  const agent = new Agent({ keepAlive: true })
  expect(await askOn(agent, `${url}/readyz`)).toEqual({ status: 200, kept: true })
  let ended = false
  const beganMs = performance.now()
  const closed = server.close().then(() => {
    ended = true
  })
  await until('the server to say so', async () => (await operator('GET', '/readyz')).status === 503)
  expect((await operator('GET', '/readyz')).body).toEqual({ ready: false, reasons: ['This node was told to stop.'] })
  expect((await operator('GET', '/healthz')).status).toBe(200)
  await createAccount(operator, 'While draining')
  expect((await operator('GET', '/v1/head')).status).toBe(200)
  expect(await askOn(agent, `${url}/readyz`)).toEqual({ status: 503, kept: false })
  expect(ended).toBe(false)
  await closed
  expect(performance.now() - beganMs).toBeGreaterThan(2_900)
  await expect(fetch(`${url}/readyz`)).rejects.toThrow()
})

test('without the setting a server stops at once', async () => {
  const { close, operator } = await serveInProcess({ config: configFile })
  expect((await operator('GET', '/readyz')).status).toBe(200)
  await close()
  await expect(operator('GET', '/readyz')).rejects.toThrow()
})
