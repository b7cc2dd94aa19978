import { type Demo, verifyCredential } from '../support/demo.ts'
import { createApi, listen } from './api.ts'

/** The car dealers' product with its API, its console in English and French. */
export const demo: Demo = {
  account: 'Garage Durand',
  members: [
    { email: 'ada@durand.example', role: 'admin' },
    { email: 'grace@durand.example', role: 'member' },
  ],
  start: async ({ keywrightUrl, operate, account }) => {
    const api = createApi(keywrightUrl, await verifyCredential(operate, { audiences: ['api'] }), (of) =>
      of === account ? [{ visitor: 'Someone on your site', messages: ['Is the blue one still there?'] }] : [],
    )
    const { url, close } = await listen(api, 0)
    const header = '-H "X-API-Key: YOUR_API_KEY"'
    return {
      lines: [
        `The API: ${url}`,
        '',
        'Make a key under API Keys (your menu, at the top right, has the page in French), then:',
        '',
        `  curl -i ${url}/api/inventory ${header} -H "Content-Type: application/xml" \\`,
        "    -d '<inventory><vehicle><vin>WVWZZZ1JZXW000001</vin><title>Golf, blue</title><price>8900</price></vehicle></inventory>'",
        `  curl -i ${url}/api/inventory ${header}`,
        `  curl -i ${url}/api/chatbot/conversations ${header}`,
        '',
        'In any other header it is "Unauthorized", with what to check:',
        '',
        `  curl -i ${url}/api/inventory -H "Authorization: Bearer YOUR_API_KEY"`,
      ],
      close,
    }
  },
}
