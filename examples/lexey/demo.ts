import { type Demo, verifyCredential } from '../support/demo.ts'
import { createApi } from './api.ts'
import { close, listen } from './listen.ts'
import { createReceiver } from './receiver.ts'

/** The chat product with its two APIs, and a receiver that shows what becomes of the account's keys. */
export const demo: Demo = {
  account: 'Acme Chat',
  members: [
    { email: 'ada@acme.example', role: 'admin' },
    { email: 'grace@acme.example', role: 'manager' },
    { email: 'alan@acme.example', role: 'agent' },
  ],
  start: async ({ keywrightUrl, operate, account }) => {
    const api = createApi(
      keywrightUrl,
      await verifyCredential(operate, { audiences: ['customer-chat', 'management-chat'] }),
    )
    const url = await listen(api)

    let secret: string | undefined
    const receiver = createReceiver(
      () => secret,
      ({ type, timestamp, data }) => console.log(`Webhook: ${type} ${data.target.id} at ${timestamp}`),
    )
    const webhook = {
      url: `${await listen(receiver)}/`,
      description: 'This terminal',
      events: ['key.created', 'key.revoked'],
    }
    secret = (await operate<{ secret: string }>('POST', `/v1/accounts/${account}/webhooks`, webhook)).secret

    const management = `${url}/api/v1/management/chat`
    const json = '-H "Content-Type: application/json"'
    return {
      lines: [
        `The API: ${url}`,
        '',
        'Make a key of each type under API Keys in the bar at the top; Alan, an agent, cannot even see them. Teach the chat an answer, then ask:',
        '',
        `  curl -i ${management} -H "Authorization: Bearer lxm_…" ${json} \\`,
        `    -d '{"question": "When are you open?", "answer": "We are open from nine to five, every day but Sunday."}'`,
        `  curl -iN ${url}/api/v1/customer/chat -H "Authorization: Bearer lxc_…" ${json} \\`,
        `    -d '{"message": "When are you open?"}'`,
        `  curl -i ${management} -H "Authorization: Bearer lxm_…"`,
        '',
        'A key of the other type is refused with 403. Whenever a key is created or revoked, a line appears here:',
        '',
      ],
      close: async () => {
        await close(api)
        await close(receiver)
      },
    }
  },
}
