/** One thing that was looked at: as it should be, or what is wrong and how to mend it. */
export interface Finding {
  readonly ok: boolean
  readonly subject: string
  readonly text: string
}

/** Something that is as it should be. */
export const ok = (subject: string, text: string): Finding => ({ ok: true, subject, text })
/** Something that is wrong. */
export const problem = (subject: string, text: string): Finding => ({ ok: false, subject, text })

/** What is said of a schema that a newer program made and that this one may go on using. */
export const newerByCompatibleSteps = (version: number): string =>
  `is version ${version} of a newer Keywright, with which this one may go on serving`

/** What is wrong while a restore waits for its confirmation. */
export const unconfirmedRestore = (through: number): Finding =>
  problem('restore', `a restored backup (through entry ${through}) waits for \`keywright restore --confirm\``)
