import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { ResolvedConfig } from '@keywright/core'
import { loadConfigFile } from '../config-file.ts'
import { flagOf, type Settings, settingNames, settingTable } from '../setting-table.ts'
import { readSettings, type SettingsSource } from '../settings.ts'
import { StartError } from '../start-error.ts'
import type { Caller } from '../storage/ports.ts'
import type { Call, OptionSpec } from './command.ts'

const flagName = (name: keyof Settings): string => (flagOf(name) ?? '').slice(2)

/** The options of settings; every command about the store takes those that it needs. */
export const settingOptions = (...names: readonly (keyof Settings)[]): readonly OptionSpec[] =>
  names.map((name) => ({
    name: flagName(name),
    value: 'value',
    meaning: `${settingTable[name].meaning} (${settingTable[name].values}; default: ${settingTable[name].standard})`,
  }))

/** Every setting that has a flag. */
export const flagSettings: readonly (keyof Settings)[] = settingNames.filter((name) => flagOf(name) !== null)

/** Where a call of a command reads its settings from. */
export function sourceOf(call: Call, names: readonly (keyof Settings)[]): SettingsSource {
  const flags: Partial<Record<keyof Settings, string>> = {}
  for (const name of names) {
    const value = call.option(flagName(name))
    if (value !== undefined) flags[name] = value
  }
  return { environment: call.terminal.environment, flags, folder: call.terminal.folder }
}

/** The settings of a call; all that is wrong with them is one StartError. */
export function settingsOf(call: Call, names: readonly (keyof Settings)[]): Settings {
  const result = readSettings(sourceOf(call, names))
  if (!result.ok) throw new StartError(result.problems.join('\n'))
  return result.settings
}

/** The configuration of the settings. */
export async function configOf(settings: Settings): Promise<ResolvedConfig> {
  const loaded = await loadConfigFile(settings.configFile)
  if (!loaded.ok) throw new StartError(loaded.problems.join('\n'))
  return loaded.config
}

/** Refuses a data folder that holds no database, which opening would otherwise make. A database server says so itself. */
export function requireDatabase(settings: Settings, path: string): void {
  if (settings.databaseUrl !== null || existsSync(path)) return
  throw new StartError(
    `There is no database in ${settings.dataFolder}; correct KEYWRIGHT_DATA or --data, or begin one with \`keywright serve\`.`,
  )
}

/** The caller that the log names for what is done on the store itself. */
export const commandCaller = (reason?: string): Caller => ({
  actor: { kind: 'system', id: 'command-line' },
  requestId: `command-${randomBytes(9).toString('base64url')}`,
  reason,
})
