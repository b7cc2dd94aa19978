import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import type { Peppers } from './crypto.ts'
import { Secret } from './secret.ts'

const nonceBytes = 12
const tagBytes = 16

/**
 * Keeps secrets that have to be read again, such as those that sign webhooks, encrypted in the database: AES-256-GCM under keys that follow from
 * the peppers (HKDF-SHA-256, RFC 5869), which are kept outside of it.
 */
export class SecretBoxes {
  readonly #current: string
  readonly #keys: ReadonlyMap<string, Uint8Array>

  /** `purpose` names the kind of secret: no box of one kind opens as another. */
  constructor(peppers: Peppers, purpose: string) {
    const derive = (key: KeyObject) => new Uint8Array(hkdfSync('sha256', key, '', `keywright box ${purpose}`, 32))
    this.#current = peppers.current.id
    this.#keys = new Map([peppers.current, ...peppers.older].map(({ id, key }) => [id, derive(key)]))
  }

  /** A box that opens only for the same owner: the id of the record that it belongs to. */
  seal(owner: string, secret: Secret): string {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#current), nonce).setAAD(Buffer.from(owner))
    const sealed = Buffer.concat([cipher.update(secret.expose(), 'utf8'), cipher.final(), cipher.getAuthTag()])
    return ['v1', this.#current, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
  }

  /** What is in a box; `undefined` where its pepper was not given, it belongs to another record, or it was altered. */
  open(owner: string, box: string): Secret | undefined {
    const [version, pepper = '', nonce = '', sealed = ''] = box.split('.')
    if (version !== 'v1' || !this.#keys.has(pepper)) return undefined
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < tagBytes) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key(pepper), Buffer.from(nonce, 'base64url'), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-tagBytes))
      const text = Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()])
      return new Secret(text.toString('utf8'))
    } catch {
      return undefined
    }
  }

  #key(pepper: string): Uint8Array {
    const key = this.#keys.get(pepper)
    if (key === undefined) throw new Error(`pepper ${pepper} is not known`)
    return key
  }
}
