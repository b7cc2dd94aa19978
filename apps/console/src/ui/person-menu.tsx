import { Avatar, Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Session } from '../api/records.ts'
import { api } from '../api/request.ts'
import { useConfig } from '../features/account-context.tsx'
import { useForgetEverything } from '../features/sign-in/use-enter.ts'
import { knownLanguages, useWords } from '../locales/words.tsx'

const schemes = [
  ['light', 'shell.light'],
  ['dark', 'shell.dark'],
  ['auto', 'shell.system'],
] as const

const initials = (name: string): string =>
  name
    .trim()
    .split(/\s+/u)
    .filter((_, index, words) => index === 0 || index === words.length - 1)
    .map((word) => word.slice(0, 1).toLocaleUpperCase())
    .join('')

const check = <IconCheck size={16} aria-hidden />

/** The person's own menu: profile, appearance, language, operator area, sign-out. */
export function PersonMenu({ session }: { readonly session: Session }) {
  const { say, language, chooseLanguage } = useWords()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { product } = useConfig()
  const navigate = useNavigate()
  const forgetEverything = useForgetEverything()
  const signOut = useMutation({
    mutationFn: () => api<null>('/v1/session', { method: 'DELETE' }),
    onSettled: async () => {
      // First away from the pages that would read anew what nobody may read any more.
      await navigate({ to: '/sign-in' })
      await forgetEverything()
    },
  })
  const languages = knownLanguages.filter(
    ({ id }) => id === language || product.languages.some((tag) => tag.startsWith(id)),
  )
  return (
    <Menu width={240}>
      <Menu.Target>
        <UnstyledButton aria-label={say('shell.person')} style={{ flex: 'none', borderRadius: '50%' }}>
          <Avatar size={32} radius="50%" color="gray" variant="default" alt="" aria-hidden>
            {initials(session.person.name)}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="breaks">
          {session.person.name}
          <br />
          {session.person.email}
        </Menu.Label>
        <Menu.Item component={Link} to="/profile">
          {say('shell.profile')}
        </Menu.Item>
        {session.operator && (
          <Menu.Item component={Link} to="/operator/accounts">
            {say('shell.operator')}
          </Menu.Item>
        )}
        <Menu.Item component="a" href={`/help?language=${language}`}>
          {say('shell.help')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{say('shell.theme')}</Menu.Label>
        {schemes.map(([scheme, phrase]) => (
          <Menu.RadioItem
            key={scheme}
            value={scheme}
            checked={colorScheme === scheme}
            checkIcon={check}
            closeMenuOnClick
            onChange={() => setColorScheme(scheme)}
          >
            {say(phrase)}
          </Menu.RadioItem>
        ))}
        {languages.length > 1 && (
          <>
            <Menu.Label>{say('shell.language')}</Menu.Label>
            {languages.map(({ id, name }) => (
              <Menu.RadioItem
                key={id}
                lang={id}
                value={id}
                checked={language === id}
                checkIcon={check}
                closeMenuOnClick
                onChange={() => chooseLanguage(id)}
              >
                {name}
              </Menu.RadioItem>
            ))}
          </>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()}>{say('shell.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
