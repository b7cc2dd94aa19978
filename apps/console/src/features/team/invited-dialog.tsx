import { Button, Group, Stack, Text } from '@mantine/core'
import type { CreatedInvitation } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Once } from '../../ui/once.tsx'

/** The link of an invitation, this once, and whether it was mailed. */
export function InvitedDialog({
  invitation,
  onClose,
}: {
  readonly invitation: CreatedInvitation
  readonly onClose: () => void
}) {
  const { say } = useWords()
  return (
    <Dialog opened onClose={onClose} title={say('team.invitedTitle', { email: invitation.email })} size="lg">
      <Stack gap="md">
        <Text>{say(invitation.mailed ? 'team.mailed' : 'team.notMailed')}</Text>
        <Once label={say('team.link')} text={invitation.link} why={say('team.linkWhy')} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('common.close')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
