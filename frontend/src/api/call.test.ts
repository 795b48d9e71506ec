import type { InternalAxiosRequestConfig } from 'axios'
import { expect, expectTypeOf, test } from 'vitest'
import { stubServer } from '@/testing/stubServer'
import { api } from './call'
import type { Session, Task } from './types'

function noteCalls(data: unknown = {}): InternalAxiosRequestConfig[] {
  const calls: InternalAxiosRequestConfig[] = []
  stubServer((config) => {
    calls.push(config)
    return { status: 200, data }
  })
  return calls
}

test('a call has its address, query and body', async () => {
  const calls = noteCalls()
  await api.get('/tasks', { query: { project_id: 'p', limit: 5 } })
  await api.patch('/projects/{id}/members/{user_id}', {
    path: { id: 'p', user_id: 'a/b' },
    body: { role: 'viewer' },
  })
  expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'get /tasks',
    'patch /projects/p/members/a%2Fb',
  ])
  expect(calls[0]?.params).toEqual({ project_id: 'p', limit: 5 })
  expect(calls[1]?.data).toBe('{"role":"viewer"}')
})

test('an answer without a body is nothing', async () => {
  noteCalls('')
  expect(await api.delete('/tasks/{id}', { path: { id: 'a' } })).toBeUndefined()
})

/** Never run: the compiler is what tests it. */
export function types(): void {
  expectTypeOf(api.get<'/tasks/{id}'>).returns.resolves.toEqualTypeOf<Omit<Task, 'highlights'>>()
  expectTypeOf(api.delete<'/tasks/{id}'>).returns.resolves.toEqualTypeOf<undefined>()
  expectTypeOf(api.post<'/auth/register'>).returns.resolves.toEqualTypeOf<Session | undefined>()
  expectTypeOf(api.get<'/users/me/export/file'>).returns.resolves.toEqualTypeOf<Blob>()
  // @ts-expect-error no such path
  void api.get('/task')
  // @ts-expect-error a path without this method
  void api.post('/tasks/{id}', { path: { id: 'a' } })
  // @ts-expect-error what stands in the path is missing
  void api.get('/tasks/{id}')
  // @ts-expect-error the path names it otherwise
  void api.get('/tasks/{id}', { path: { task_id: 'a' } })
  // @ts-expect-error no such parameter
  void api.get('/tasks', { query: { project: 'p' } })
  void api.patch('/projects/{id}/members/{user_id}', {
    path: { id: 'p', user_id: 'u' },
    // @ts-expect-error no such value
    body: { role: 'boss' },
  })
  // @ts-expect-error a body without what it needs
  void api.post('/tasks', { body: { description: 'x' } })
  // @ts-expect-error a body where none is taken
  void api.post('/tasks/{id}/restore', { path: { id: 'a' }, body: { title: 'x' } })
}
