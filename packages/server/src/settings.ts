import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { nearestName } from '@keywright/core'
import {
  clientVariables,
  flagOf,
  type SettingRow,
  type Settings,
  settingNames,
  settingTable,
  variableOf,
} from './setting-table.ts'
import type { Place } from './setting-values.ts'

export type { Settings } from './setting-table.ts'

/** What settings are read from. Flags are by the setting's name and win over the environment. */
export interface SettingsSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Partial<Record<keyof Settings, string>>>
  /** The working folder, which relative paths are relative to. */
  readonly folder: string
}

/** The settings, or one sentence for each thing that is wrong with them; no sentence shows a secret. */
export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reads all settings and names everything that is wrong at once. Unknown `KEYWRIGHT_` variables are refused, so that a typo never goes unnoticed. */
export function readSettings(source: SettingsSource): SettingsResult {
  const problems = unknownVariables(source.environment)
  const place = { folder: source.folder, dataFolder: source.folder }
  const take = <Name extends keyof Settings>(name: Name, at: Place = place): Settings[Name] | undefined => {
    const row: SettingRow<Settings[Name]> = settingTable[name]
    const given = givenText(name, source)
    if (given.problem !== undefined) {
      problems.push(given.problem)
      return undefined
    }
    const reading = given.text === undefined ? row.absent(at) : row.read(given.text, at)
    if (reading.ok) return reading.value
    problems.push(sentence(given.from, row.secret || given.text === undefined ? undefined : given.text, reading.wrong))
    return undefined
  }
  const dataFolder = take('dataFolder') ?? source.folder
  const entries = settingNames.map((name) => [name, take(name, { folder: source.folder, dataFolder })] as const)
  const distinct = [...new Set(problems)]
  // Nothing is wrong, so each name has the value that its row gave, which the table's type ties to Settings.
  return distinct.length > 0
    ? { ok: false, problems: distinct }
    : { ok: true, settings: Object.fromEntries(entries) as unknown as Settings }
}

interface Given {
  readonly from: string
  readonly text?: string
  readonly problem?: string
}

function givenText(name: keyof Settings, source: SettingsSource): Given {
  const variable = variableOf(name)
  const flag = source.flags[name]
  if (flag !== undefined) {
    const from = flagOf(name) ?? variable
    return flag === '' ? { from, problem: `${from} is empty: give it a value or leave it out.` } : { from, text: flag }
  }
  const text = source.environment[variable]
  if (text === '') return { from: variable, problem: `${variable} is set but empty: give it a value or remove it.` }
  if (!settingTable[name].secret) return { from: variable, ...(text === undefined ? {} : { text }) }
  return secretText(variable, text, source)
}

function secretText(variable: string, text: string | undefined, source: SettingsSource): Given {
  const fileVariable = `${variable}_FILE`
  const file = source.environment[fileVariable]
  if (file === undefined) return { from: variable, ...(text === undefined ? {} : { text }) }
  if (text !== undefined)
    return { from: variable, problem: `${variable} and ${fileVariable} are both set: remove one of them.` }
  if (file === '')
    return { from: fileVariable, problem: `${fileVariable} is set but empty: give it a path or remove it.` }
  try {
    const content = readFileSync(resolve(source.folder, file), 'utf8').replace(/\r?\n$/, '')
    return content === ''
      ? { from: fileVariable, problem: `${fileVariable} names ${file}, which is empty: write the secret into it.` }
      : { from: fileVariable, text: content }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return {
      from: fileVariable,
      problem: `${fileVariable} names ${file}, which cannot be read (${code}): check the path and who may read it.`,
    }
  }
}

function sentence(from: string, text: string | undefined, fix: string): string {
  if (text?.startsWith('tcp://'))
    return `${from} is ${JSON.stringify(text)}, which Kubernetes sets for a Service called keywright: set enableServiceLinks: false in the Pod, or rename the Service.`
  return text === undefined ? `${from}: ${fix}.` : `${from} is ${JSON.stringify(text.slice(0, 100))}: ${fix}.`
}

function unknownVariables(environment: SettingsSource['environment']): string[] {
  const known = [
    ...clientVariables,
    ...settingNames.flatMap((name) =>
      settingTable[name].secret ? [variableOf(name), `${variableOf(name)}_FILE`] : [variableOf(name)],
    ),
  ]
  // The project's own test runs talk to each other by these two.
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('KEYWRIGHT_') && !known.includes(name) && !/^KEYWRIGHT_(?:SOAK$|TEST_)/.test(name),
  )
  return unknown.map((name) => {
    if (/^KEYWRIGHT_(?:SERVICE_(?:HOST|PORT)|PORT_\d+_)/.test(name))
      return `${name} is set by Kubernetes for a Service called keywright: set enableServiceLinks: false in the Pod, or rename the Service.`
    const nearest = nearestName(name, known)
    return `${name} is not a setting${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}: correct it or remove it.`
  })
}
