import { type Demo, verifyCredential } from '../support/demo.ts'
import { createApi } from './api.ts'

/** A project with one person of each role, and the API of its 19 resources. */
export const demo: Demo = {
  account: 'Harbour Clinic',
  members: [
    { email: 'ada@clinic.example', role: 'administrator' },
    { email: 'grace@clinic.example', role: 'member' },
    { email: 'mary@clinic.example', role: 'reader' },
  ],
  start: async ({ keywrightUrl, operate, account }) => {
    const app = await createApi(keywrightUrl, await verifyCredential(operate, { audiences: ['api'] }))
    await app.listen(0, '127.0.0.1')
    const url = await app.getUrl()
    return {
      lines: [
        `The API: ${url}`,
        '',
        'Make a key under API Keys: switch on “Restrict key”, give it Read on Calls and Write on API Keys. Then:',
        '',
        `  curl -i ${url}/v1/calls -H "Authorization: Bearer YOUR_API_KEY"`,
        `  curl -i -X POST ${url}/v1/phones/purchase -H "Authorization: Bearer YOUR_API_KEY"`,
        '',
        'The same key makes others, none of which holds more than itself; by the API, or by Keywright’s own:',
        '',
        `  curl -i ${url}/v1/api-keys -H "Authorization: Bearer YOUR_API_KEY" -H "Content-Type: application/json" \\`,
        `    -d '{"name": "CRM_Query", "grant": {"permissions": ["calls.view"]}}'`,
        `  curl -i ${keywrightUrl}/v1/accounts/${account}/keys -H "Authorization: Bearer YOUR_API_KEY"`,
      ],
      close: () => app.close(),
    }
  },
}
