import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>

/** The few kinds of CBOR (RFC 8949) that an attestation is made of. */
function encode(value: Cbor): Buffer {
  const head = (major: number, size: number): Buffer =>
    size < 24
      ? Buffer.of((major << 5) | size)
      : size < 256
        ? Buffer.of((major << 5) | 24, size)
        : Buffer.of((major << 5) | 25, size >> 8, size & 255)
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, held]) => [encode(key), encode(held)])])
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** A passkey in software (WebAuthn level 2, ES256, no attestation). */
export function makeAuthenticator(options: {
  readonly origin: string
  readonly rpId: string
  readonly verifiesUser?: boolean
}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const credentialId = randomBytes(16)
  let counter = 0
  const flags = options.verifiesUser === false ? 0x01 : 0x05
  const clientData = (type: string, challenge: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: options.origin, crossOrigin: false }))
  const authenticatorData = (extra: number, attested: Uint8Array): Buffer => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(++counter)
    return Buffer.concat([
      createHash('sha256').update(options.rpId).digest(),
      Buffer.of(flags | extra),
      count,
      attested,
    ])
  }
  const envelope = (response: Record<string, unknown>) => ({
    id: text(credentialId),
    rawId: text(credentialId),
    type: 'public-key',
    clientExtensionResults: {},
    response,
  })
  return {
    register(challenge: string) {
      const key = encode(
        new Map<number, Cbor>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, Buffer.from(jwk.x as string, 'base64url')],
          [-3, Buffer.from(jwk.y as string, 'base64url')],
        ]),
      )
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.of(0, credentialId.length), credentialId, key])
      const attestation = new Map<string, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authenticatorData(0x40, attested)],
      ])
      const attestationObject = text(encode(attestation))
      return envelope({
        clientDataJSON: text(clientData('webauthn.create', challenge)),
        attestationObject,
        transports: ['internal'],
      })
    },
    answer(challenge: string) {
      const client = clientData('webauthn.get', challenge)
      const data = authenticatorData(0, Buffer.alloc(0))
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      const signature = sign('sha256', signed, privateKey)
      return envelope({ clientDataJSON: text(client), authenticatorData: text(data), signature: text(signature) })
    },
  }
}
