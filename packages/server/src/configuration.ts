import type { ResolvedConfig } from '@keywright/core'
import { loadConfigFile } from './config-file.ts'
import type { Settings } from './settings.ts'
import { StartError } from './start-error.ts'
import type { Storage } from './storage/ports.ts'

/** Reads the configuration file of the settings; rejects with a StartError that names everything that is wrong with it. */
export async function readConfig(settings: Settings): Promise<ResolvedConfig> {
  const loaded = await loadConfigFile(settings.configFile)
  if (!loaded.ok) throw new StartError(loaded.problems.join('\n'))
  return loaded.config
}

/** Brings the configuration into force and answers its hash; rejects with a StartError that lists what does not fit the stored data. */
async function applyConfig(storage: Storage, config: ResolvedConfig): Promise<string> {
  const misfits = await storage.configurations.misfits(config)
  if (misfits.length > 0) {
    throw new StartError(
      `The configuration does not fit the stored data:\n${misfits.map((misfit) => `- ${misfit}`).join('\n')}`,
    )
  }
  const applied = await storage.configurations.apply(config, {
    actor: { kind: 'system', id: 'server' },
    requestId: 'start',
  })
  return applied.hash
}

/** Brings into force, once for all processes of a start, what its settings say: the configuration, of which it answers the hash, and the operator key. */
export async function bringIntoForce(
  storage: Storage,
  config: ResolvedConfig,
  { operatorKey }: Pick<Settings, 'operatorKey'>,
): Promise<string> {
  const hash = await applyConfig(storage, config)
  if (operatorKey !== null) await storage.credentials.ensureOperator(operatorKey)
  return hash
}

/** Whether the configuration of this node is still the one that the log says is in force, and the schema one that it may use; another node may have brought others. */
export class ConfigurationInForce {
  readonly #storage: Storage
  readonly #hash: string
  #isOurs = true
  #schemaFits = true

  constructor(storage: Storage, hash: string) {
    this.#storage = storage
    this.#hash = hash
  }

  /** Whether it was when it was last looked at. */
  get isOurs(): boolean {
    return this.#isOurs
  }

  /** Whether this program may use the schema of the store, by the same look. */
  get schemaFits(): boolean {
    return this.#schemaFits
  }

  /** Reads which ones are in force. */
  async look(): Promise<void> {
    this.#schemaFits = await this.#storage.schemaFits()
    this.#isOurs = (await this.#storage.configurations.current())?.hash === this.#hash
  }
}
