import { Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** What a list says when it has nothing: what would be here, and the one thing to do. */
export function EmptyState({
  title,
  children,
  action,
}: {
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <Paper p="xl">
      <Stack align="center" gap="sm" maw={480} mx="auto" ta="center" py="lg">
        <Title order={2}>{title}</Title>
        {children !== undefined && (
          <Text c="dimmed" component="div">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Paper>
  )
}
