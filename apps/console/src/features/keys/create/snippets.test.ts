import { describe, expect, test } from 'vitest'
import { envLine, requestExample, variableName } from './snippets.ts'

const headers = { baseUrl: null, acceptedHeaders: ['authorization'] } as const

describe('the request that can be run with a new key', () => {
  test('holds the key in every place of the example, whatever characters it has', () => {
    for (const key of ["a$&b$1c$$d$`e$'f", 'plain_KEY123'])
      expect(requestExample(key, { ...headers, example: 'A YOUR_API_KEY B YOUR_API_KEY' })).toBe(`A ${key} B ${key}`)
  })

  test('keeps the variables of the example', () => {
    expect(requestExample('k', { ...headers, example: 'curl "$BASE/v1" -H "Bearer YOUR_API_KEY"' })).toBe(
      'curl "$BASE/v1" -H "Bearer k"',
    )
  })

  test('is made of the accepted header and the address where the type has no example', () => {
    expect(requestExample('k', { ...headers, example: null, baseUrl: 'https://api.example' })).toBe(
      'curl "https://api.example" \\\n  -H "Authorization: Bearer k"',
    )
    expect(requestExample('k', { example: null, baseUrl: null, acceptedHeaders: ['x-api-key'] })).toContain(
      '-H "X-API-Key: k"',
    )
  })
})

describe('the line of a .env file', () => {
  test('is bare where the value is plain', () => {
    expect(envLine('ACME_API_KEY', 'acme_prod_Abc123')).toBe('ACME_API_KEY=acme_prod_Abc123')
  })

  test('is quoted so that nothing in the value is expanded or ends it', () => {
    expect(envLine('K', 'a b$c#d')).toBe("K='a b$c#d'")
    expect(envLine('K', `it's "$HOME" \`x\` \\`)).toBe('K="it\'s \\"\\$HOME\\" \\`x\\` \\\\"')
    expect(envLine('K', 'one\ntwo')).toBe('K="one\\ntwo"')
    expect(envLine('K', '')).toBe("K=''")
  })

  test('has a name that a shell accepts', () => {
    expect(variableName('Société Générale')).toBe('SOCIETE_GENERALE_API_KEY')
    expect(variableName('3-D Co.')).toBe('_3_D_CO_API_KEY')
    expect(variableName('密钥')).toBe('API_KEY')
  })
})
