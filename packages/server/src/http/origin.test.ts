import { describe, expect, it } from 'vitest'
import { ownOriginsOf } from './origin.ts'

describe('the origins that are ours', () => {
  it('are the public address, or every name of this machine with the own port', () => {
    expect(ownOriginsOf('https://keys.example:8443', 3000)).toEqual(['https://keys.example:8443'])
    expect(ownOriginsOf('https://keys.example:443', 3000)).toEqual(['https://keys.example'])
    expect(ownOriginsOf(null, 3000)).toEqual(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])
    expect(ownOriginsOf(null, 80)).toEqual(['http://localhost', 'http://127.0.0.1', 'http://[::1]'])
  })
})
