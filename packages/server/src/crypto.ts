import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from 'node:crypto'
import { canonicalJson } from '@keywright/core'
import { StartError } from './start-error.ts'

/** The fewest bytes that a pepper or a log key may have. */
const secretBytesMin = 32

/** What a digest is of. Each purpose has its own label, so that no text of one kind answers for another. */
export type DigestPurpose = 'key' | 'credential' | 'set-up' | 'invitation'

/** A secret key with the public id that follows from it; the id tells nothing about the key. */
export interface IdentifiedKey {
  readonly id: string
  readonly key: KeyObject
}

/** The key that new work uses, and older ones that only read what they made. */
export interface KeyRing {
  readonly current: IdentifiedKey
  readonly older: readonly IdentifiedKey[]
}

/** The peppers of the digests: kept outside the database. */
export type Peppers = KeyRing

/** One step from a presented text to its stored digest. */
export type DigestStep = { readonly kind: 'sha256' } | { readonly kind: 'hmac-sha256'; readonly pepper: string }

/** How a digest follows from a text: each step works on the result of the one before, the first on the text. */
export interface DigestChain {
  readonly id: string
  readonly steps: readonly DigestStep[]
}

export interface StoredDigest {
  readonly digest: string
  readonly chain: string
}

function identify(letter: string, label: string, bytes: Uint8Array): IdentifiedKey {
  if (bytes.length < secretBytesMin) {
    throw new StartError(`The ${label} has ${bytes.length} bytes; give at least ${secretBytesMin} random bytes.`)
  }
  const key = createSecretKey(bytes)
  const mark = createHmac('sha256', key).update(`keywright ${label} id`).digest('hex')
  return { id: letter + mark.slice(0, 12), key }
}

/** Makes a ring of peppers from their bytes (32 or more each); the first is the one that new digests use. */
export const peppersOf = (current: Uint8Array, ...older: readonly Uint8Array[]): Peppers => ({
  current: identify('p', 'pepper', current),
  older: older.map((bytes) => identify('p', 'pepper', bytes)),
})

/** Makes a ring of log keys from their bytes (32 or more each); the first is the one that new entries are chained with. */
export const logKeysOf = (current: Uint8Array, ...older: readonly Uint8Array[]): KeyRing => ({
  current: identify('l', 'log key', current),
  older: older.map((bytes) => identify('l', 'log key', bytes)),
})

/** The chain of the steps, with the id that follows from them. */
export function digestChain(steps: readonly DigestStep[]): DigestChain {
  const mark = createHash('sha256').update(canonicalJson(steps)).digest('hex')
  return { id: `d${mark.slice(0, 12)}`, steps }
}

/** HMAC-SHA-256 with a key object: eight times as fast as with raw bytes, which are made into a key at each call. A text goes in at once with its label. */
function hmac(key: KeyObject, label: string, data: string | Uint8Array): Hmac {
  const begun = createHmac('sha256', key)
  return typeof data === 'string' ? begun.update(`${label}\0${data}`) : begun.update(`${label}\0`).update(data)
}

/** Turns presented texts into the digests that the store keeps (HMAC-SHA-256 under a pepper; imported ones by their own chain). */
export class Digests {
  readonly current: DigestChain
  readonly #chains: readonly DigestChain[]
  readonly #peppers: ReadonlyMap<string, KeyObject>

  /** Throws a StartError where a stored chain needs a pepper that was not given: nothing may be written then. */
  constructor(peppers: Peppers, stored: readonly DigestChain[]) {
    this.#peppers = new Map([peppers.current, ...peppers.older].map(({ id, key }) => [id, key]))
    this.current = digestChain([{ kind: 'hmac-sha256', pepper: peppers.current.id }])
    this.#chains = [this.current, ...stored.filter(({ id }) => id !== this.current.id)]
    for (const { steps } of stored) {
      for (const step of steps) {
        if (step.kind === 'hmac-sha256' && !this.#peppers.has(step.pepper)) {
          throw new StartError(
            `The database holds keys whose digests need the pepper ${step.pepper}, which was not given; give that pepper (KEYWRIGHT_PEPPER, or the file beside the database), since no key can be recognised without it.`,
          )
        }
      }
    }
  }

  /** The digest under which a new text is stored. */
  create(purpose: DigestPurpose, text: string): StoredDigest {
    return { digest: this.#digest(this.current, purpose, text), chain: this.current.id }
  }

  /** Every digest that a presented text may be stored under, the current chain first; the number is the same for every text. */
  candidates(purpose: DigestPurpose, text: string): readonly string[] {
    return this.#chains.map((chain) => this.#digest(chain, purpose, text))
  }

  /** How many candidates each text has. */
  get chainCount(): number {
    return this.#chains.length
  }

  #digest({ steps }: DigestChain, purpose: DigestPurpose, text: string): string {
    let value: string | Buffer = text
    for (const step of steps.slice(0, -1)) value = this.#step(step, purpose, value).digest()
    const last = steps.at(-1)
    if (last === undefined) throw new Error('a digest has no steps')
    return this.#step(last, purpose, value).digest('base64url')
  }

  #step(step: DigestStep, purpose: DigestPurpose, value: string | Buffer): Hash | Hmac {
    if (step.kind === 'sha256') return createHash('sha256').update(value)
    const key = this.#peppers.get(step.pepper)
    if (key === undefined) throw new Error(`pepper ${step.pepper} is not known`)
    return hmac(key, `keywright ${purpose}`, value)
  }
}

/** Chains the entries of the log and signs its checkpoints (HMAC-SHA-256), base64url. */
export class LogSigner {
  /** The id of the key that new entries are chained with. */
  readonly keyId: string
  readonly #keys: ReadonlyMap<string, KeyObject>

  constructor(keys: KeyRing) {
    this.keyId = keys.current.id
    this.#keys = new Map([keys.current, ...keys.older].map(({ id, key }) => [id, key]))
  }

  /** Whether what a key of this id made can be checked. */
  knows(keyId: string): boolean {
    return this.#keys.has(keyId)
  }

  /** The seal of a text under a known key. Each label is a kind of its own: no seal of one is valid for another. */
  seal(keyId: string, label: string, text: string): string {
    const key = this.#keys.get(keyId)
    if (key === undefined) throw new Error(`log key ${keyId} is not known`)
    return hmac(key, `keywright log ${label}`, text).digest('base64url')
  }
}
