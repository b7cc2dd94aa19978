import { Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './section.module.css'

/** One part of the profile: what it is on the left, what can be done on the right. */
export function Section({
  title,
  description,
  children,
}: {
  readonly title: string
  readonly description?: string
  readonly children: ReactNode
}) {
  const id = useId()
  return (
    <section className={classes['section']} aria-labelledby={id}>
      <Stack gap={4}>
        <Title order={2} id={id}>
          {title}
        </Title>
        {description !== undefined && (
          <Text size="sm" c="dimmed">
            {description}
          </Text>
        )}
      </Stack>
      <Stack gap="md" maw={560} w="100%" align="flex-start">
        {children}
      </Stack>
    </section>
  )
}

/** A list of rows with a hairline between them. */
export function Rows({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ul className={classes['rows']} aria-label={label} style={{ width: '100%' }}>
      {children}
    </ul>
  )
}

/** One row: what it is, what is known of it, and its actions. */
export function Row({
  title,
  about,
  actions,
}: {
  readonly title: ReactNode
  readonly about: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <li className={classes['row']}>
      <div className={classes['about']}>
        <Text fw={500} className="breaks" component="div">
          {title}
        </Text>
        <Text size="sm" c="dimmed" className="breaks" component="div">
          {about}
        </Text>
      </div>
      {actions}
    </li>
  )
}
