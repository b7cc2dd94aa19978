import { Group, Paper, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** One part of a key's page, with its heading and what can be done with it. */
export function Section({
  title,
  action,
  children,
}: {
  readonly title: string
  readonly action?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <Paper p="md" miw={0}>
      <Group justify="space-between" gap="sm" mb="sm" mih={32}>
        <Title order={2}>{title}</Title>
        {action}
      </Group>
      {children}
    </Paper>
  )
}
