// Runs in Node 20, Bun and Deno, against the built package: a verifier that works in the background and is not closed.
import { createVerifier } from '@keywright/sdk'
import { setting, tell } from './telling.ts'

const verifier = createVerifier({
  url: setting('KEYWRIGHT_URL'),
  credential: setting('KEYWRIGHT_CREDENTIAL'),
  // Without the feed, whose open connection is a reason of its own to go on, timers are all that is left.
  fetch: (input, init) =>
    input instanceof URL && input.pathname === '/v1/feed'
      ? Promise.reject(new TypeError('no feed'))
      : fetch(input, init),
})
await verifier.ready()
const first = await verifier.verify({ key: setting('KEPT_KEY') })
tell('left', { code: first.code, mode: verifier.state.mode })
