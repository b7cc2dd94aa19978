import { useWords } from '../../locales/words.tsx'
import { OnceDialog } from '../../ui/once-dialog.tsx'

/** The signing secret of a webhook, this once, with how to use it. */
export function SecretDialog({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  const { say } = useWords()
  return (
    <OnceDialog
      secret={secret}
      onClose={onClose}
      words={{
        title: say('webhooks.secret.shownTitle'),
        label: say('webhooks.secret.label'),
        why: say('webhooks.secret.why'),
        kept: say('webhooks.secret.kept'),
        keptFirst: say('webhooks.secret.keptFirst'),
        done: say('webhooks.secret.done'),
      }}
    >
      {say('webhooks.secret.verify')}
    </OnceDialog>
  )
}
