import type { Config } from '../../../api/records.ts'

/** Whether keys can end by themselves under a configuration. */
export const mayExpire = ({ expiry }: Pick<Config, 'expiry'>): boolean =>
  expiry.choicesDays === null || expiry.choicesDays.some((days) => days !== null)
