import type { Account, Key } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { recorded, type System, startSystem, unauthorized } from './testing.ts'

let system: System
let account: Account

beforeAll(async () => {
  system = await startSystem()
  account = await createAccount(system.operator, 'Garage Durand')
})

const newKey = (owner = account.id) => createKey(system.operator, owner, { name: 'Inventory Integration' })

const golf = { vin: 'WVWZZZ1JZXW000001', title: 'Golf <GTI> & more', price: 8_900 }
const clio = { vin: 'VF1BR0A0H00000002', title: 'Clio, blue', price: 6_450.5 }

interface Offered {
  readonly vehicles: readonly object[]
}

/** Sends a body as it is, of a content type. */
async function sendText(key: string, type: string, body: string): Promise<Answer> {
  const headers = { 'x-api-key': key, 'content-type': type }
  const response = await fetch(`${system.apiUrl}/api/inventory`, { method: 'POST', headers, body })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

describe('VOX-5: X-API-Key is the header, and no other', () => {
  test('GET and POST answer a key that is in force', async () => {
    const key = await newKey()
    expect(key.secret).toMatch(/^vx_[0-9A-Za-z]{38}$/)
    const api = system.api(key.secret)
    expect((await api('GET', '/api/inventory')).status).toBe(200)
    expect((await api('POST', '/api/inventory', { body: { vehicles: [golf] } })).status).toBe(200)
  })

  const refusals: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
    'without a key': async () => ({}),
    'in the header Authorization, as Bearer': async () => ({ authorization: `Bearer ${(await newKey()).secret}` }),
    'in the header Authorization, as it is': async () => ({ authorization: (await newKey()).secret }),
    'in a header of another name': async () => ({ 'api-key': (await newKey()).secret }),
    'with an empty header': async () => ({ 'x-api-key': '' }),
    'with something that is no key': async () => ({ 'x-api-key': 'your-api-key-here' }),
    'with half a key': async () => ({ 'x-api-key': (await newKey()).secret.slice(0, 20) }),
    'with a space inside of the key': async () => ({ 'x-api-key': (await newKey()).secret.replace('_', '_ ') }),
    'with a key of the right shape that nobody has': async () => {
      const gone = await createAccount(system.operator, 'Gone')
      const { secret } = await newKey(gone.id)
      await system.operator('DELETE', `/v1/accounts/${gone.id}`)
      return { 'x-api-key': secret }
    },
    'with a revoked key': async () => {
      const key = await newKey()
      await bodyOf(system.operator('POST', `/v1/keys/${key.id}/revoke`))
      return { 'x-api-key': key.secret }
    },
  }

  test.each(Object.keys(refusals))('"Unauthorized" and what to check %s', async (name) => {
    const headers = (await refusals[name]?.()) ?? {}
    const answer = await system.api(null)<ProblemBody>('GET', '/api/inventory', { headers })
    expect(answer.status, answer.text).toBe(401)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect({ title: answer.body.title, check: answer.body.check }).toEqual(unauthorized)
  })

  test('both headers at once, two keys, or a key in the address are not read in the better way', async () => {
    const { secret } = await newKey()
    const both = { 'x-api-key': secret, authorization: `Bearer ${secret}` }
    const call = system.api(null)
    expect((await call('GET', '/api/inventory', { headers: both })).status).toBe(400)
    expect((await call('GET', '/api/inventory', { headers: { 'x-api-key': `${secret}, ${secret}` } })).status).toBe(400)
    expect((await call('GET', `/api/inventory?api_key=${secret}`)).status).toBe(400)
  })

  test('no body is read before the key was checked', async () => {
    const answer = await system.api(null)('POST', '/api/inventory', { body: { vehicles: 'no list' } })
    expect(answer.status, answer.text).toBe(401)
  })
})

describe('VOX-7: a key reaches what it was made for, and nothing of another account', () => {
  test('inventory, leads and the conversations of the chatbot', async () => {
    const api = system.api((await newKey()).secret)
    const lead = await bodyOf(api('POST', '/api/leads', { body: { name: 'Nora', email: 'nora@example.com' } }), 201)
    expect((await api<{ leads: readonly object[] }>('GET', '/api/leads')).body.leads).toContainEqual(lead)
    const conversations = await bodyOf(api('GET', '/api/chatbot/conversations'))
    expect(conversations).toMatchObject({ conversations: recorded(account.id) })
  })

  test('an inventory comes as JSON or as XML, and is brought up to date by either', async () => {
    const own = await createAccount(system.operator, 'Both Ways')
    const key = await newKey(own.id)
    const api = system.api(key.secret)
    expect((await api('POST', '/api/inventory', { body: { vehicles: [golf, clio] } })).body).toEqual({
      received: 2,
      offered: 2,
    })
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
<inventory>
  <vehicle><vin>${golf.vin}</vin><title>Golf &lt;GTI&gt; &amp; m&#111;re</title><price>8500</price></vehicle>
</inventory>`
    for (const type of ['application/xml', 'text/xml; charset=utf-8']) {
      const answer = await sendText(key.secret, type, xml)
      expect(answer.body, answer.text).toEqual({ received: 1, offered: 2 })
    }
    const { vehicles } = await bodyOf(api<Offered>('GET', '/api/inventory'))
    expect(vehicles).toEqual([{ ...golf, price: 8_500 }, clio])
  })

  const bad: readonly (readonly [what: string, type: string, body: string, status: number, says: string])[] = [
    ['half of a JSON text', 'application/json', '{"vehicles": [', 400, 'is not JSON'],
    ['JSON without vehicles', 'application/json', '[]', 400, 'vehicles is missing'],
    [
      'a vehicle without a price',
      'application/json',
      JSON.stringify({ vehicles: [{ ...golf, price: null }] }),
      400,
      'vehicles[0].price',
    ],
    ['half of an XML text', 'application/xml', '<inventory><vehicle>', 400, 'is not an inventory'],
    [
      'XML that declares an entity',
      'application/xml',
      `<!DOCTYPE i [<!ENTITY a SYSTEM "file:///etc/passwd">]><inventory><vehicle><vin>&a;</vin></vehicle></inventory>`,
      400,
      'without attributes or declarations',
    ],
    [
      'a vehicle with two prices',
      'application/xml',
      '<inventory><vehicle><price>1</price><price>2</price></vehicle></inventory>',
      400,
      'is not an inventory',
    ],
    [
      'a vehicle without a number',
      'text/xml',
      '<inventory><vehicle><title>Golf</title><price>1</price></vehicle></inventory>',
      400,
      'vehicles[0].vin',
    ],
    ['an empty inventory', 'application/xml', '<inventory></inventory>', 400, '1 to 1000 vehicles'],
    ['another kind of text', 'text/csv', 'vin,title,price', 415, 'application/json or application/xml'],
    ['more than a megabyte', 'application/json', ' '.repeat(1_048_577), 413, 'longer than'],
  ]

  test.each(bad)(
    '%s is refused with a sentence that helps, and changes nothing',
    async (_what, type, body, status, says) => {
      const own = await createAccount(system.operator, 'Careless')
      const key = await newKey(own.id)
      const answer = await sendText(key.secret, type, body)
      expect(answer.status, answer.text).toBe(status)
      expect(answer.body['detail']).toContain(says)
      expect((await system.api(key.secret)('GET', '/api/inventory')).body).toEqual({ vehicles: [] })
    },
  )

  test('what it was not made for is refused, though it is its own account', async () => {
    const api = system.api((await newKey()).secret)
    const answer = await api<ProblemBody>('PUT', '/api/chatbot/greeting', { body: 'Hi' })
    expect(answer.status, answer.text).toBe(403)
    expect(answer.body.missing).toEqual(['chatbot.edit'])
  })

  test('nobody makes a key that holds more: what it may do is not theirs to choose', async () => {
    for (const wider of [{ grant: 'unrestricted' }, { grant: { permissions: ['chatbot.edit'] } }]) {
      const body = { name: 'Inventory Integration', ...wider }
      const refused = await system.operator('POST', `/v1/accounts/${account.id}/keys`, { body })
      expect(refused.status, refused.text).toBe(422)
    }
    const { grant } = await newKey()
    expect(grant).toEqual({
      permissions: ['chatbot.view', 'inventory.edit', 'inventory.view', 'leads.edit', 'leads.view'],
    })
  })

  test("another account's key finds nothing of it", async () => {
    const other = await createAccount(system.operator, 'Garage Martin')
    const [ours, theirs] = [system.api((await newKey()).secret), system.api((await newKey(other.id)).secret)]
    await bodyOf(ours('POST', '/api/inventory', { body: { vehicles: [clio] } }))
    await bodyOf(ours('POST', '/api/leads', { body: { name: 'Omar', email: 'omar@example.com' } }), 201)
    expect((await theirs('GET', '/api/inventory')).body).toEqual({ vehicles: [] })
    expect((await theirs('GET', '/api/leads')).body).toEqual({ leads: [] })
    expect((await theirs('GET', '/api/chatbot/conversations')).body).toMatchObject({
      conversations: recorded(other.id),
    })

    // The same vehicle in both is two: neither overwrites the other's.
    await bodyOf(theirs('POST', '/api/inventory', { body: { vehicles: [{ ...clio, price: 1 }] } }))
    expect((await ours<Offered>('GET', '/api/inventory')).body.vehicles).toContainEqual(clio)
  })

  test('a key belongs to one account, and is listed in no other', async () => {
    const other = await createAccount(system.operator, 'Garage Petit')
    const key = await newKey()
    const listed = async (of: string) =>
      (await bodyOf(system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${of}/keys?limit=200`))).items
    expect((await listed(account.id)).map(({ id }) => id)).toContain(key.id)
    expect(await listed(other.id)).toEqual([])
  })
})
