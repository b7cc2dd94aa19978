import { createHash, hash } from 'node:crypto'

// The part in braces alone decides where a cluster keeps a key: all of them lie together, so that one script reaches them.
const prefix = '{keywright}:limit:'

/** Names keys in Redis after owners of limits. */
export type KeyNames = (owner: string) => string

/**
 * Names that tell nothing, and that no other installation uses: each is a hash over what a secret of this installation was made into. The secret
 * itself cannot be had from them.
 */
export function keyNames(secret: Uint8Array): KeyNames {
  const salt = createHash('sha256').update('keywright limits').update(secret).digest('base64url')
  return (owner) => prefix + hash('sha256', `${salt} ${owner}`, 'base64url').slice(0, 24)
}
