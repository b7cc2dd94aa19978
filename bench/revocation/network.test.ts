import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Network, startNetwork } from './network.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const ending of endings.splice(0).reverse()) await ending()
})

/** A network in front of a server that answers everything with its path; `arrived` resolves with the next request's path. */
async function network(): Promise<{ readonly network: Network; readonly arrived: () => Promise<string> }> {
  const server = createServer((asked, response: ServerResponse) => {
    server.emit('arrived', asked.url)
    response.end(asked.url)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const made = await startNetwork(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  endings.push(
    () => server.close(),
    () => server.closeAllConnections(),
    () => made.close(),
  )
  return { network: made, arrived: async () => String((await once(server, 'arrived'))[0]) }
}

const get = (url: string) =>
  new Promise<string>((resolve, reject) => {
    const sent = request(url, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve(text))
    })
    sent.on('error', reject)
    sent.end()
  })

test('in good weather everything gets through', async () => {
  const { network: through } = await network()
  expect(await get(`${through.url}/v1/head`)).toBe('/v1/head')
  expect(await get(`${through.url}/v1/feed`)).toBe('/v1/feed')
})

test('where the feed is cut, the feed alone is', async () => {
  const { network: through } = await network()
  through.become({ cutsFeed: true })
  await expect(get(`${through.url}/v1/feed?after=1`)).rejects.toThrow()
  expect(await get(`${through.url}/v1/head`)).toBe('/v1/head')
})

test('what is dropped gets nowhere, and comes when it is sent again', async () => {
  const { network: through, arrived } = await network()
  through.become({ drops: true })
  const path = arrived()
  const dropped = get(`${through.url}/v1/head`)
  const first = await Promise.race([path, get(`${(await network()).network.url}/elsewhere`)])
  expect(first).toBe('/elsewhere')
  through.become({})
  expect(await path).toBe('/v1/head')
  expect(await dropped).toBe('/v1/head')
})
