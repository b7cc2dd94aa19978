import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useWords } from '../../locales/words.tsx'
import { CardPage } from '../../ui/card-page.tsx'
import { useFirstField } from '../sign-in/use-first-field.ts'

/** What to do where an invitation is not open, or its link not whole. */
export function ClosedInvitation({ incomplete = false }: { readonly incomplete?: boolean }) {
  const { say } = useWords()
  useFirstField()
  return (
    <CardPage
      title={say(incomplete ? 'invitation.incomplete' : 'invitation.closed')}
      description={say(incomplete ? 'invitation.incompleteText' : 'invitation.closedText')}
    >
      <Button component={Link} to="/sign-in" variant="default" fullWidth>
        {say('signIn.submit')}
      </Button>
    </CardPage>
  )
}
