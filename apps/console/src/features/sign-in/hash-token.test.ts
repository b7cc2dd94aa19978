import { describe, expect, it } from 'vitest'
import { readHashToken } from './hash-token.ts'

describe('the token in the fragment of a link', () => {
  it('is what follows the mark', () => {
    expect(readHashToken('#kwi_0123456789abcdefABCDEF-_')).toBe('kwi_0123456789abcdefABCDEF-_')
  })

  it.each(['', '#', '#short', '#with%20space0123456789', '#<script>alert(1)</script>', `#${'a'.repeat(256)}`])(
    'is none where a link is not whole or holds something else: %s',
    (hash) => {
      expect(readHashToken(hash)).toBeNull()
    },
  )
})
