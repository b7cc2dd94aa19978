import { Text } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import classes from './for-programs.module.css'

/** The way to an operator credential by the same link, for those who need no person. */
export function ForPrograms({ link }: { readonly link: string }) {
  const { say } = useWords()
  const command = `curl -X POST ${link}`
  return (
    <details className={classes['programs']}>
      <summary>{say('setUp.programs')}</summary>
      <div className={classes['body']}>
        <Text size="sm">{say('setUp.programsText')}</Text>
        <pre className={`${classes['command']} mono`}>
          <code>{command}</code>
        </pre>
        <CopyButton text={command} label={say('setUp.copyCommand')} variant="default" size="xs" />
      </div>
    </details>
  )
}
