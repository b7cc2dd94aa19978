import type { Engines, Simulation } from './simulation.ts'

/** Something that nobody wants: a stop, a restart, a clock that is set, an entry that is pruned, a log that goes back. */
export function disturb(simulation: Simulation): void {
  const { world, store, engines } = simulation
  const where = world.pick(engines)
  const draw = world.random.below(19)
  if (draw < 6) stop(simulation, where.process, 200 + world.random.below(4_000))
  else if (draw < 7) stop(simulation, store.process, world.random.below(2_500))
  else if (draw < 9) restart(simulation, where)
  else if (draw < 15) disturbClock(simulation, where)
  else if (draw < 16) store.prune(world.random.below(store.number + 1))
  else if (draw < 17) goBack(simulation, 'restore')
  else goBack(simulation, 'failover')
}

function stop(simulation: Simulation, process: Engines['process'], ms: number): void {
  if (process.isStopped) return
  simulation.world.note(() => `${process.name} is stopped for ${ms} ms`)
  process.stop()
  resumeAfter(simulation, process, ms)
}

function resumeAfter({ world }: Simulation, process: Engines['process'], ms: number): void {
  world.after(ms, () => {
    if (!process.isStopped) return false
    world.note(() => `${process.name} goes on`)
    process.resume()
    return true
  })
}

function restart({ world, tally }: Simulation, where: Engines): void {
  if (where.process.isStopped) return
  world.note(() => `${where.name} restarts`)
  tally.left(where)
  where.restart()
}

function disturbClock(simulation: Simulation, { process }: Engines): void {
  const { world, maySleep } = simulation
  if (!maySleep) {
    const byMs = world.random.below(16_000) - 8_000
    world.note(() => `the wall clock of ${process.name} is set by ${byMs} ms`)
    process.setWall(byMs)
    return
  }
  if (process.isStopped) return
  const ms = world.random.below(5_000)
  world.note(() => `the machine of ${process.name} sleeps for ${ms} ms`)
  process.sleep()
  resumeAfter(simulation, process, ms)
}

function goBack({ world, store }: Simulation, how: 'restore' | 'failover'): void {
  const number = Math.max(0, store.number - world.random.below(5))
  world.note(() => `the log goes back to #${number}: ${how}`)
  store.goBack(number, how)
}
