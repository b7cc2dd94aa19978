import { Paper, Skeleton, Stack, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useConfig } from '../features/account-context.tsx'
import { knownLanguages, useWords } from '../locales/words.tsx'
import classes from './card-page.module.css'
import { PageHeader } from './page-header.tsx'

/** A narrow page in the middle, for those who are not signed in: the product's name above, languages and help below. */
export function CardPage({
  title,
  description,
  wide = false,
  children,
}: {
  readonly title: string
  readonly description?: ReactNode
  readonly wide?: boolean
  readonly children?: ReactNode
}) {
  const { product } = useConfig()
  return (
    <div className={classes['page']}>
      <header className={`${classes['header']} breaks`}>{product.name}</header>
      <main className={`${classes['main']} ${wide ? classes['wide'] : ''}`} id="content">
        <Paper p={{ base: 'md', xs: 'xl' }}>
          <PageHeader title={title} description={description} product={product.name} />
          {children}
        </Paper>
      </main>
      <Foot />
    </div>
  )
}

function Foot() {
  const { say, language, chooseLanguage } = useWords()
  const { product } = useConfig()
  const languages = knownLanguages.filter(
    ({ id }) => id === language || product.languages.some((tag) => tag.startsWith(id)),
  )
  return (
    <footer className={classes['footer']}>
      {languages.length > 1 && (
        <fieldset className={classes['languages']} style={{ border: 0, margin: 0, padding: 0 }}>
          <legend className="visually-hidden">{say('shell.language')}</legend>
          {languages.map(({ id, name }) => (
            <UnstyledButton
              key={id}
              lang={id}
              className={classes['language'] ?? ''}
              aria-pressed={id === language}
              onClick={() => chooseLanguage(id)}
            >
              {name}
            </UnstyledButton>
          ))}
        </fieldset>
      )}
      <a className={classes['help']} href={`/help?language=${language}`}>
        {say('shell.help')}
      </a>
    </footer>
  )
}

/** The same page while what it says is on its way. */
export function PendingCardPage() {
  const { say } = useWords()
  return (
    <div className={classes['page']} aria-busy="true">
      <main className={classes['main']}>
        <h1 className="visually-hidden">{say('common.loading')}</h1>
        <Paper p="xl">
          <Stack gap="md">
            <Skeleton height={28} width={160} />
            <Skeleton height={36} />
            <Skeleton height={36} />
            <Skeleton height={36} />
          </Stack>
        </Paper>
      </main>
    </div>
  )
}
