import type { Config } from '../api/records.ts'
import type { Say } from '../locales/words.tsx'
import type { ShellLink } from '../ui/shell.tsx'

/** The navigation of an account's pages: the page of keys in the place that the configuration names, and what belongs to the account. */
export function accountLinks(
  accountId: string,
  {
    config,
    say,
    viewsKeys,
    managesMembers,
  }: {
    readonly config: Config
    readonly say: Say
    readonly viewsKeys: boolean
    readonly managesMembers: boolean
  },
): readonly ShellLink[] {
  const base = `/accounts/${accountId}`
  const { menu } = config.words
  const keys = menu.at(-1) ?? config.words.key.many
  const section = menu.length > 1 ? menu.slice(0, -1).join(' › ') : null
  return [
    ...(viewsKeys
      ? [
          { to: `${base}/keys`, label: keys, icon: 'keys', section } as const,
          { to: `${base}/activity`, label: say('shell.activity'), icon: 'activity', section } as const,
          { to: `${base}/notices`, label: say('shell.notices'), icon: 'notices', section } as const,
        ]
      : []),
    ...(managesMembers
      ? [{ to: `${base}/webhooks`, label: say('shell.webhooks'), icon: 'webhooks', section } as const]
      : []),
    { to: `${base}/team`, label: say('shell.team'), icon: 'team', section: config.words.account.one },
    { to: `${base}/settings`, label: say('shell.settings'), icon: 'settings', section: config.words.account.one },
  ]
}
