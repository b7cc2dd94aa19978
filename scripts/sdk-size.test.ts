import { expect, test } from 'vitest'
import { sdkBundleBytes } from './sdk-size.ts'

test.each([
  ['createKeywright', 4_500],
  // Of these the engine, which servers run as well, has about 10,500.
  ['createVerifier', 20_000],
])(
  'a bundle of %s alone has at most %i bytes, gzipped',
  async (name, bytesMax) => {
    const bytes = await sdkBundleBytes(name)
    expect(bytes).toBeLessThanOrEqual(bytesMax)
    // A bundle that has lost what it is for would pass every bound.
    expect(bytes).toBeGreaterThan(bytesMax / 2)
  },
  60_000,
)
