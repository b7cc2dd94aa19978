import { type ChangeEvent, type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'

/** What is wrong with what was typed, as a sentence; nothing: it can be sent. */
export type Check = (value: string) => string | undefined

/** What an input needs to be a field of the form. */
interface FieldProps {
  readonly name: string
  readonly value: string
  readonly error: string | undefined
  readonly 'aria-required': true
  readonly onChange: (event: ChangeEvent<HTMLInputElement>) => void
}

/** The fields of a small form: what was typed stays, faults stand at their field, and the first faulty one gets the focus. */
export function useFields<Name extends string>(
  checks: Readonly<Record<Name, Check>>,
  initial: Partial<Record<Name, string>> = {},
) {
  const names = Object.keys(checks) as Name[]
  const [values, setValues] = useState(
    () => Object.fromEntries(names.map((name) => [name, initial[name] ?? ''])) as Record<Name, string>,
  )
  const [faults, setFaults] = useState<Partial<Record<Name, string>>>({})

  const set = (name: Name, value: string): void => {
    setValues((before) => ({ ...before, [name]: value }))
    setFaults((before) => ({ ...before, [name]: undefined }))
  }

  return {
    values,
    set,
    /** Spreads into an input; `problem` is what the server said of the last attempt. */
    field: (name: Name, problem?: unknown): FieldProps => ({
      name,
      value: values[name],
      error: faults[name] ?? (problem instanceof ApiProblem ? problem.errorAt(`/${name}`) : undefined),
      'aria-required': true,
      onChange: ({ currentTarget }) => set(name, currentTarget.value),
    }),
    /** Handles the form's submit: runs `send` where nothing is wrong. */
    submit: (send: (values: Record<Name, string>) => void) => (event: FormEvent<HTMLFormElement>) => {
      event.preventDefault()
      event.stopPropagation()
      const found = names.flatMap((name) => {
        const fault = checks[name](values[name])
        return fault === undefined ? [] : [[name, fault] as const]
      })
      setFaults(Object.fromEntries(found) as Partial<Record<Name, string>>)
      const first = found[0]
      if (first === undefined) return send(values)
      const faulty = event.currentTarget.elements.namedItem(first[0])
      if (faulty instanceof HTMLElement) faulty.focus()
    },
  }
}

/** Refuses what is empty or blank. */
export const needed =
  (fault: string): Check =>
  (value) =>
    value.trim() === '' ? fault : undefined
