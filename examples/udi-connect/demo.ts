import { type Demo, verifyCredential } from '../support/demo.ts'
import { createApi, listen } from './api.ts'

const environments = ['preview', 'production'] as const

/** The agents' product with its API in both environments at once. */
export const demo: Demo = {
  account: 'Harbour Travel',
  members: [
    { email: 'ada@harbour.example', role: 'admin' },
    { email: 'grace@harbour.example', role: 'member' },
  ],
  start: async ({ keywrightUrl, operate }) => {
    const apis = await Promise.all(
      environments.map(async (environment) => {
        const credential = await verifyCredential(operate, { environment, audiences: ['api'] })
        return { environment, ...(await listen(createApi(keywrightUrl, credential), 0)) }
      }),
    )
    const [preview, production] = apis
    const key = '-H "Authorization: Bearer YOUR_API_KEY"'
    return {
      lines: [
        ...apis.map(({ environment, url }) => `The API of ${environment}: ${url}`),
        '',
        'Make a key for Preview under Settings › API Keys, then:',
        '',
        `  curl -i ${preview?.url}/v1/agents ${key} -d '{"name": "Concierge"}'`,
        `  curl -i ${preview?.url}/v1/agents ${key}`,
        '',
        'Production refuses it; so does Preview while it is revoked, until you reactivate it:',
        '',
        `  curl -i ${production?.url}/v1/agents ${key}`,
      ],
      close: async () => {
        await Promise.all(apis.map(({ close }) => close()))
      },
    }
  },
}
