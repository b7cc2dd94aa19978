import type { Grant } from '@keywright/core'
import { UnstyledButton } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useWords } from '../../../locales/words.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { useConfig } from '../../account-context.tsx'
import classes from './grant-label.module.css'
import { countOf, toModel } from './grant-model.ts'

const GrantView = lazy(() => import('./grant-view.tsx').then(({ GrantView }) => ({ default: GrantView })))

/** What a key may do, in a word or two; it opens the whole of it. An unrestricted key that is advised against is marked. */
export function GrantLabel({ grant, preset }: { readonly grant: Grant; readonly preset: string | null }) {
  const { say } = useWords()
  const config = useConfig()
  const [opened, setOpened] = useState(false)
  const known = config.presets.find(({ id }) => id === preset)
  const isWarned = grant === 'unrestricted' && config.grants.unrestricted === 'discouraged'
  const plain = config.presets.length > 0 ? 'createKey.custom' : 'createKey.matrix.limited'
  const word = known?.label ?? say(grant === 'unrestricted' ? 'createKey.unrestricted' : plain)
  if (config.resources.length === 0) return <span>{word}</span>
  return (
    // Clicks in the dialog must not reach the row that it stands in.
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: it only stops what bubbles.
    <span onClick={(event) => event.stopPropagation()}>
      <UnstyledButton className={classes['label'] ?? ''} aria-haspopup="dialog" onClick={() => setOpened(true)}>
        {isWarned && <IconAlertTriangle size={14} className={classes['warning']} aria-hidden />}
        <span>
          {word}
          {known === undefined && grant !== 'unrestricted' && (
            <span className={classes['detail']}>
              {' · '}
              {say('createKey.matrix.restricted', { count: countOf(toModel(grant, config.resources)) })}
            </span>
          )}
          {isWarned && <span className="visually-hidden">. {config.grants.advice}</span>}
        </span>
      </UnstyledButton>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={say('createKey.matrix.title')} size="lg">
        <Suspense fallback={null}>
          <GrantView grant={grant} />
        </Suspense>
      </Dialog>
    </span>
  )
}
