import { useQueryClient } from '@tanstack/react-query'
import type { ListedPerson } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { operatorKey } from './operator-keys.ts'
import { RefusedDialog } from './refused-dialog.tsx'

/** What can be done with a person who signs in. */
export type PersonStep = 'suspend' | 'resume' | 'end' | 'link'

/** A link by which a person sets a password, this once. */
export interface PasswordLink {
  readonly link: string
  readonly expiresAt: string
}

const paths = { suspend: 'suspend', resume: 'resume', end: 'end-sessions', link: 'password-link' } as const
const verbs = {
  suspend: 'operator.suspend',
  resume: 'operator.resume',
  end: 'operator.person.end',
  link: 'operator.person.linkMake',
} as const

/** Asks before something is done with a person. */
export function PersonStepDialog({
  person,
  step,
  onLink,
  onClose,
}: {
  readonly person: ListedPerson
  readonly step: PersonStep
  readonly onLink: (link: PasswordLink) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const queries = useQueryClient()
  const { id, name } = person
  const work = async (body: unknown): Promise<void> => {
    const answer = await api<PasswordLink>(`/v1/people/${segment(id)}/${paths[step]}`, {
      method: 'POST',
      acting: 'operator',
      body,
    })
    if (step === 'link') onLink(answer)
    else await queries.invalidateQueries({ queryKey: operatorKey('people') })
  }
  return (
    <RefusedDialog
      title={say(`operator.person.${step}Title`, { name })}
      text={say(`operator.person.${step}Text`)}
      verb={say(verbs[step])}
      done={say(`operator.person.${step}Done`, { name })}
      refusals={{ last_operator: say('operator.who.last'), last_member_of_role: say('operator.person.lastMember') }}
      work={work}
      onClose={onClose}
    />
  )
}
