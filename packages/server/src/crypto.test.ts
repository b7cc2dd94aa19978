import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Digests, digestChain, LogSigner, logKeysOf, peppersOf } from './crypto.ts'

const bytes = (value: number) => new Uint8Array(32).fill(value)

describe('digests', () => {
  it('are HMAC-SHA-256 under the pepper over a label and the text, base64url', () => {
    const digests = new Digests(peppersOf(bytes(1)), [])
    const expected = createHmac('sha256', bytes(1)).update('keywright key\0a text').digest('base64url')
    expect(digests.create('key', 'a text')).toEqual({ digest: expected, chain: digests.current.id })
    expect(digests.candidates('key', 'a text')).toEqual([digests.create('key', 'a text').digest])
  })

  it('differ by purpose and by pepper', () => {
    const digests = new Digests(peppersOf(bytes(1)), [])
    const all = (['key', 'credential', 'set-up'] as const).map((purpose) => digests.create(purpose, 'a text').digest)
    const other = new Digests(peppersOf(bytes(2)), []).create('key', 'a text').digest
    expect(new Set([...all, other]).size).toBe(4)
  })

  it('follow stored chains: imported digests and wrapped peppers', () => {
    const [old, current] = [peppersOf(bytes(1)), peppersOf(bytes(2), bytes(1))]
    const imported = digestChain([{ kind: 'sha256' }, { kind: 'hmac-sha256', pepper: old.current.id }])
    const wrapped = digestChain([
      { kind: 'hmac-sha256', pepper: old.current.id },
      { kind: 'hmac-sha256', pepper: current.current.id },
    ])
    const digests = new Digests(current, [imported, wrapped])
    const label = 'keywright key\0'
    const inner = createHmac('sha256', bytes(1)).update(`${label}a text`).digest()
    const sha256 = createHash('sha256').update('a text').digest()
    expect(digests.candidates('key', 'a text')).toEqual([
      createHmac('sha256', bytes(2)).update(`${label}a text`).digest('base64url'),
      createHmac('sha256', bytes(1)).update(label).update(sha256).digest('base64url'),
      createHmac('sha256', bytes(2)).update(label).update(inner).digest('base64url'),
    ])
    expect(digests.chainCount).toBe(3)
  })

  it('T22: a stored chain whose pepper is not given is a loud error that names its id and no secret', () => {
    const stored = digestChain([{ kind: 'hmac-sha256', pepper: peppersOf(bytes(1)).current.id }])
    expect(() => new Digests(peppersOf(bytes(2)), [stored])).toThrow(peppersOf(bytes(1)).current.id)
  })
})

describe('keys kept outside the database', () => {
  it('are refused below 32 bytes', () => {
    expect(() => peppersOf(new Uint8Array(31))).toThrow('31 bytes')
    expect(() => logKeysOf(new Uint8Array(0))).toThrow('0 bytes')
  })

  it('have ids that follow from them and differ by use', () => {
    expect(peppersOf(bytes(1)).current.id).toMatch(/^p[0-9a-f]{12}$/)
    expect(peppersOf(bytes(1)).current.id).toBe(peppersOf(bytes(1)).current.id)
    expect(peppersOf(bytes(1)).current.id.slice(1)).not.toBe(logKeysOf(bytes(1)).current.id.slice(1))
  })

  it('seal differently by label, and only under a known id', () => {
    const signer = new LogSigner(logKeysOf(bytes(1), bytes(2)))
    expect(signer.seal(signer.keyId, 'entry', 'x')).not.toBe(signer.seal(signer.keyId, 'checkpoint', 'x'))
    expect(signer.knows(logKeysOf(bytes(2)).current.id)).toBe(true)
    expect(() => signer.seal('l000000000000', 'entry', 'x')).toThrow('not known')
  })
})
