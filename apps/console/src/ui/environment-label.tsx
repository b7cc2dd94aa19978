import {
  IconCircleFilled,
  IconHexagonFilled,
  IconSquareFilled,
  IconSquareRotatedFilled,
  IconTriangleFilled,
} from '@tabler/icons-react'
import { useConfig } from '../features/account-context.tsx'
import classes from './environment-label.module.css'

const shapes = [
  IconCircleFilled,
  IconSquareRotatedFilled,
  IconSquareFilled,
  IconTriangleFilled,
  IconHexagonFilled,
] as const

/** An environment by its word, a shape and a colour, so that none of them has to be told apart by one alone. */
export function EnvironmentLabel({ id }: { readonly id: string }) {
  const { environments } = useConfig()
  const index = environments.findIndex((environment) => environment.id === id)
  const place = Math.max(index, 0) % shapes.length
  const Shape = shapes[place] ?? IconCircleFilled
  return (
    <span className={classes['label']} data-place={place}>
      <Shape size={9} aria-hidden />
      <span>{environments[index]?.label ?? id}</span>
    </span>
  )
}
