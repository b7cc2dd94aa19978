import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { DigestFilter } from './digest-filter.ts'

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

it('never forgets a digest, and takes fewer than one unknown one in a thousand for known, at two bytes each', () => {
  const filter = new DigestFilter(20_000)
  for (let index = 0; index < 20_000; index++) filter.add(digest(`known ${index}`))
  for (let index = 0; index < 20_000; index++) expect(filter.mayHave(digest(`known ${index}`))).toBe(true)
  let wrong = 0
  for (let index = 0; index < 50_000; index++) if (filter.mayHave(digest(`unknown ${index}`))) wrong++
  expect(wrong).toBeLessThan(50)
  expect(filter.bytes).toBeLessThan(20_000 * 2 + 64)
  expect(filter.count).toBeGreaterThan(19_950)
})

it('goes on being right about what it has when it is overfull, and takes texts of any shape', () => {
  const filter = new DigestFilter(10)
  const texts = ['', 'short', 'ÿ\ud800', ...Array.from({ length: 500 }, (_, index) => digest(String(index)))]
  for (const text of texts) filter.add(text)
  for (const text of texts) expect(filter.mayHave(text)).toBe(true)
})

it('counts what is added twice once', () => {
  const filter = new DigestFilter(1_000)
  for (let time = 0; time < 3; time++) filter.add(digest('one'))
  expect(filter.count).toBe(1)
})
