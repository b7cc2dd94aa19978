import { expect, test } from 'vitest'
import { flagOf, settingNames, settingTable, variableOf } from '../setting-table.ts'
import { cliDocument, settingsDocument } from './documents.ts'
import { commands, optionsOf } from './program.ts'

test('U15: every setting is in the document that is made from the table, secrets without a flag', () => {
  const rows = settingsDocument()
    .split('\n')
    .filter((line) => line.startsWith('| `KEYWRIGHT_'))
  expect(rows).toHaveLength(settingNames.length)
  for (const [index, name] of settingNames.entries()) {
    expect(rows[index]).toContain(`\`${variableOf(name)}\``)
    expect(rows[index]).toContain(settingTable[name].meaning)
    expect(rows[index]).toContain(flagOf(name) ?? 'never a flag')
  }
})

test('U15: every command and each of its options is in the document that is made from them', () => {
  const text = cliDocument()
  for (const entry of commands) {
    for (const spec of 'commands' in entry ? entry.commands : [entry]) {
      const path = 'commands' in entry ? `${entry.name} ${spec.name}` : spec.name
      const section = text.split(new RegExp(`^###? ${path}$`, 'm'))[1]?.split(/^##/m)[0]
      for (const { name } of optionsOf(spec)) expect(section, `${path} --${name}`).toContain(`--${name}`)
      // A negated option would turn off another one instead of being given.
      for (const { name } of optionsOf(spec)) expect(name).not.toMatch(/^no-/)
    }
  }
})
