import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// The floor of the door: a bare node:http server that reads, parses and answers the same body and
// fields. Its body comes as an argument.
const [answer = '{}'] = process.argv.slice(2)
let requests = 0
const length = Buffer.byteLength(answer)
const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    text += chunk
  })
  request.on('end', () => {
    const body = JSON.parse(text) as { readonly key: string }
    if (body.key === '') throw new Error('no key')
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': `bench-${(requests++).toString(36)}`,
    })
    response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
