import { expect, test } from 'vitest'
import { isLoopbackHost } from './loopback.ts'

test('the machine itself is what is called localhost or has an address of the loopback, nothing that only looks like it', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '::1', '::ffff:127.0.0.1'])
    expect(isLoopbackHost(host), host).toBe(true)
  for (const host of ['127.example.com', 'localhost.example.com', '128.0.0.1', '[::2]', ''])
    expect(isLoopbackHost(host), host).toBe(false)
})
