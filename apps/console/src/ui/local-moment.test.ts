import { expect, test } from 'vitest'
import { fromLocalText, toLocalText } from './local-moment.ts'

test('a moment survives the input that shows it, to the minute', () => {
  const epochMs = Date.parse('2026-11-21T04:30:12Z')
  expect(fromLocalText(toLocalText(epochMs))).toBe(Date.parse('2026-11-21T04:30:00Z'))
})

test.each(['', 'tomorrow', '2026-11-21', '2026-13-41T99:99'])('"%s" means no moment', (text) => {
  expect(fromLocalText(text)).toBeUndefined()
})
