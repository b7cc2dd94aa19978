import { expect, test } from 'vitest'
import type { Config } from '../../api/records.ts'
import { audiencesOf } from './audiences.ts'

type KeyType = Config['types'][number]

const type = (label: string, audiences: readonly string[]): KeyType => ({
  id: label.toLowerCase(),
  label,
  description: null,
  prefix: 'ex',
  audiences,
  fixedGrant: null,
  example: null,
})

test('an audience of several types is offered once, and says which types', () => {
  expect(audiencesOf([type('Customer', ['api']), type('Manager', ['api', 'admin'])])).toEqual([
    { id: 'api', types: ['Customer', 'Manager'] },
    { id: 'admin', types: ['Manager'] },
  ])
})

test('without types there is no audience', () => {
  expect(audiencesOf([])).toEqual([])
})
