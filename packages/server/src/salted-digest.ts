import { hash } from 'node:crypto'
import { saltedDigestOn } from '@keywright/core'

/** A one-way function of texts for the index of one process, on Node. */
export const saltedDigest = (randomBytes: (length: number) => Uint8Array): ((text: string) => string) =>
  saltedDigestOn({
    randomBytes,
    allocate: (length) => Buffer.alloc(length),
    sha256: (bytes) => hash('sha256', bytes, 'binary'),
  })
