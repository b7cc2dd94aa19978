// An API on Node, as people write it, against the built package.
import type { AddressInfo } from 'node:net'
import { createVerifier } from '@keywright/sdk'
import { apiKey, keywright, requires } from '@keywright/sdk/express'
import express from 'express'
import { setting, tell } from './telling.ts'

const verifier = createVerifier({ url: setting('KEYWRIGHT_URL'), credential: setting('KEYWRIGHT_CREDENTIAL') })
await verifier.ready()
const app = express()
app.get('/express/jobs', keywright({ verifier }), requires('jobs.view'), (request, response) => {
  response.json({ account: apiKey(request).account })
})
app.get('/state', (_request, response) => {
  response.json(verifier.state)
})
const server = app.listen(0, '127.0.0.1', () => {
  tell('serves', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
process.once('SIGTERM', () => server.close(() => void verifier.close()))
