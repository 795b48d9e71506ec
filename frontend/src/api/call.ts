// API calls whose path, parameters, query, body and response are type-checked against the server's OpenAPI document.
//   api.get('/tasks/{id}', { path: { id } })        api.post('/tasks', { body: input })
import type { AxiosRequestConfig } from 'axios'
import { http } from './client'
import type { paths } from './schema'

type Prefix = '/api/v1'
type Method = 'get' | 'post' | 'patch' | 'put' | 'delete'
type Without<P> = P extends `${Prefix}${infer Rest}` ? Rest : never

/** The operation for a method and path; `never` if there is none. */
type Operation<M extends Method, P extends string> = `${Prefix}${P}` extends infer Full
  ? Full extends keyof paths
    ? M extends keyof paths[Full]
      ? NonNullable<paths[Full][M]>
      : never
    : never
  : never

/** The paths that support the method. */
export type PathOf<M extends Method> = {
  [P in Without<keyof paths>]: [Operation<M, P>] extends [never] ? never : P
}[Without<keyof paths>]

type Field<T, Name extends string> = T extends Partial<Record<Name, infer F>> ? NonNullable<F> : never
type ParametersOf<O, In extends string> = Field<Field<O, 'parameters'>, In>
type BodyOf<O> = Field<Field<Field<O, 'requestBody'>, 'content'>, 'application/json'>

/** A part of the call: absent if the operation has none, required if any of its fields is. */
type Part<Name extends string, T> = [T] extends [never]
  ? Partial<Record<Name, undefined>>
  : Record<never, never> extends T
    ? Partial<Record<Name, T>>
    : Record<Name, T>

type Extras = Pick<
  AxiosRequestConfig,
  'headers' | 'signal' | 'timeout' | 'responseType' | 'withoutRenewal' | 'outlivesSession'
>

export type OptionsOf<O> = Part<'path', ParametersOf<O, 'path'>> &
  Part<'query', ParametersOf<O, 'query'>> &
  Part<'body', BodyOf<O>> &
  Extras

type Success = 200 | 201 | 202 | 204
type BodyOfAnswer<A> = A extends { content: infer C }
  ? C extends { 'application/json': infer T }
    ? T
    : Blob
  : undefined

/** The response body; `undefined` if there is none. */
export type AnswerOf<O> =
  Field<O, 'responses'> extends infer R
    ? { [S in keyof R & Success]: BodyOfAnswer<R[S]> }[keyof R & Success]
    : never

type Arguments<O> =
  Record<never, never> extends OptionsOf<O> ? [options?: OptionsOf<O>] : [options: OptionsOf<O>]

interface AnyOptions extends Extras {
  path?: Record<string, string>
  query?: unknown
  body?: unknown
}

function addressOf(template: string, path: Record<string, string> = {}): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
}

function caller<M extends Method>(method: M) {
  return async <P extends PathOf<M>>(
    path: P,
    ...[options]: Arguments<Operation<M, P>>
  ): Promise<AnswerOf<Operation<M, P>>> => {
    const { path: parts, query, body, ...extras } = (options ?? {}) as AnyOptions
    const url = addressOf(path, parts)
    const { data } = await http.request<unknown>({ ...extras, method, url, params: query, data: body })
    return (data === '' ? undefined : data) as AnswerOf<Operation<M, P>>
  }
}

export const api = {
  get: caller('get'),
  post: caller('post'),
  patch: caller('patch'),
  put: caller('put'),
  delete: caller('delete'),
}
