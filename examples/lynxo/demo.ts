import { type Demo, verifyCredential } from '../support/demo.ts'
import { createApi } from './api.ts'

const environments = ['development', 'staging', 'production'] as const

/** The recruiting product with its API once for each environment. */
export const demo: Demo = {
  account: 'Acme Recruiting',
  members: [
    { email: 'ada@acme.example', role: 'admin' },
    { email: 'grace@acme.example', role: 'member' },
  ],
  start: async ({ keywrightUrl, operate }) => {
    const apis = await Promise.all(
      environments.map(async (environment) => {
        const app = await createApi(keywrightUrl, await verifyCredential(operate, { environment, audiences: ['api'] }))
        return { environment, app, url: await app.listen({ port: 0, host: '127.0.0.1' }) }
      }),
    )
    return {
      lines: [
        ...apis.map(({ environment, url }) => `The API of ${environment}: ${url}`),
        '',
        'Make a key under Developers › API Keys, then:',
        '',
        `  curl -i ${apis[0]?.url}/v1/jobs -H "Authorization: Bearer YOUR_API_KEY"`,
      ],
      close: async () => {
        await Promise.all(apis.map(({ app }) => app.close()))
      },
    }
  },
}
