import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import * as v from 'valibot'
import { managementClient, type Backend } from './backend.ts'

/** An HTTP answer before the SDK has made an output or an error of it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

const signedSchema = v.object({
  request: v.object({
    method: v.string(),
    path: v.string(),
    headers: v.record(v.string(), v.string()),
    body: v.optional(v.union([v.string(), v.instance(Uint8Array<ArrayBuffer>)])),
  }),
})

/**
 * Sends what the SDK would send, signed by it, and gives the answer as it is.
 *
 * @param call sends one command
 * @param editPath changes the path before it is signed
 */
export async function answerTo(
  backend: Backend,
  call: (client: ApiGatewayManagementApiClient) => Promise<unknown>,
  editPath: (path: string) => string = (path) => path,
): Promise<Answer> {
  const client = managementClient(backend)
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args
      if (typeof request === 'object' && request !== null && 'path' in request) {
        request.path = editPath(String(request.path))
      }
      return next(args)
    },
    { step: 'build' },
  )
  let signed: v.InferOutput<typeof signedSchema> | undefined
  client.middlewareStack.add(
    () => (args) => {
      signed = v.parse(signedSchema, args)
      return Promise.resolve({ response: undefined, output: { $metadata: {} } })
    },
    // After the signature.
    { step: 'finalizeRequest', priority: 'low' },
  )
  await call(client)
  if (!signed) throw new Error('nothing was sent')
  const { method, path, headers, body } = signed.request
  const response = await fetch(new URL(backend.callbackUrl).origin + path, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}
