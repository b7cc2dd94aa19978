import { List, Text } from '@mantine/core'
import { capitalized } from '../../locales/capitalized.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import type { Plan } from './plans-query.ts'

const periods = {
  day: 'operator.plan.quotaDay',
  month: 'operator.plan.quotaMonth',
  all: 'operator.plan.quotaAll',
} as const

/** What a plan gives where nothing else is in force. */
export function PlanGives({ plan }: { readonly plan: Plan }) {
  const { say } = useWords()
  const format = useFormat()
  const rate = ({ name, limit, windowSeconds }: Plan['limits'][number]): string =>
    say('operator.plan.rate', { name: capitalized(name), limit, window: format.window(windowSeconds) })
  const { quota, activeKeysMax } = plan
  const given = [
    ...plan.limits.map((limit) => `${rate(limit)} (${say('operator.plan.perKey')})`),
    ...plan.accountLimits.map((limit) => `${rate(limit)} (${say('operator.plan.shared')})`),
    ...(quota === null ? [] : [say(periods[quota.period ?? 'all'], { limit: quota.limit })]),
    activeKeysMax === null ? say('operator.plan.keysFree') : say('operator.plan.keysMax', { count: activeKeysMax }),
  ]
  return (
    <Text size="sm" c="dimmed" component="div">
      {say('operator.plan.includes')}
      <List size="sm" mt={4}>
        {given.map((text) => (
          <List.Item key={text}>{text}</List.Item>
        ))}
      </List>
    </Text>
  )
}
