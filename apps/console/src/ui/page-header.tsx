import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useContext, useEffect, useRef } from 'react'
import { InShell } from './frame.tsx'

/** Gives the focus to the title of a page that has just come, unless the person is at work in the page already. */
function useBeginning() {
  const isPage = useContext(InShell)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const isBusy = document.activeElement?.closest('main, [role="dialog"], [role="alertdialog"]') != null
    if (isPage && !isBusy) heading.current?.focus({ preventScroll: true })
  }, [isPage])
  return heading
}

/** The title of a page with its one sentence and its one primary action; also the document's title. */
export function PageHeader({
  title,
  description,
  action,
  product,
}: {
  readonly title: string
  readonly description?: ReactNode
  readonly action?: ReactNode
  /** Follows the title in the browser's tab. */
  readonly product?: string
}) {
  const heading = useBeginning()
  useEffect(() => {
    document.title = product === undefined ? title : `${title} · ${product}`
  }, [title, product])
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="md">
      <Stack gap={4} style={{ flex: '1 1 280px', minWidth: 0 }}>
        <Title order={1} ref={heading} className="breaks" tabIndex={-1} data-page-title="">
          {title}
        </Title>
        {description !== undefined && (
          <Text c="dimmed" maw={680} component="div">
            {description}
          </Text>
        )}
      </Stack>
      {action}
    </Group>
  )
}
