/** The file in which someone keeps their backup codes: what they are for, then one on each line. */
export const backupCodesText = (title: string, note: string, codes: readonly string[]): string =>
  [title, note, '', ...codes, ''].join('\n')
