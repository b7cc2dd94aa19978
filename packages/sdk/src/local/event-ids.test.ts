import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventIds } from './event-ids.ts'

const stream =
  ': beat\n\nid: a.1.x\nevent: change\ndata: {"number":1}\n\nid: a.2.y\r\nevent: reset\r\ndata: {}\r\n\r\ndata: one\rdata:two\r\r'
const ids = ['a.1.x', 'a.2.y', 'a.2.y']

test('the ids of events are the same however their text is cut, with every kind of line break', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const reader = new EventIds()
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length]
      const found = places.slice(1).flatMap((end, index) => reader.read(stream.slice(places[index], end)))
      // The last carriage return may still become a line break of two characters.
      expect([...found, ...reader.read(' ')]).toEqual(ids)
    }),
  )
})

test('an event without data, an id with NUL and fields that nobody knows are passed over', () => {
  expect(new EventIds().read('id: a\nevent: x\n\nid: b\0\nretry: 5\nfoo\ndata\n\n')).toEqual(['a'])
})

test('a line, or an event of many lines, that never ends is not gathered without a bound', () => {
  const endless = (piece: string) => () => {
    const reader = new EventIds()
    for (let count = 0; count < 200; count++) reader.read(piece)
  }
  expect(endless('x'.repeat(1_000))).toThrow('too long')
  expect(endless(`data: ${'x'.repeat(1_000)}\n`)).toThrow('too long')
  expect(endless(`data: ${'x'.repeat(1_000)}\n\n`)).not.toThrow()
})
