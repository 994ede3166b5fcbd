import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Credentials } from '../../lambdas/adapters/post-signer.ts'

/** A post, as far as its signature depends on it. */
export interface UnsignedPost {
  readonly region: string
  readonly host: string
  readonly path: string
  readonly frame: string
  readonly credentials: Credentials
  readonly date: Date
}

/** The Authorization header that the signer of the SDK's own client gives a post. */
export async function signBySdk(post: UnsignedPost): Promise<string | undefined> {
  const { region, host, path, frame, date } = post
  const { accessKeyId, secretAccessKey, sessionToken } = post.credentials
  const token = sessionToken === undefined ? {} : { sessionToken }
  const { config } = new ApiGatewayManagementApiClient({
    region,
    credentials: { accessKeyId, secretAccessKey, ...token },
  })
  const signer = await config.signer({
    name: 'sigv4',
    signingName: 'execute-api',
    signingRegion: region,
    properties: {},
  })
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: host,
    path,
    headers: { 'content-type': 'application/octet-stream', host },
    body: frame,
  }
  // Only S3 wants the body's hash in a header.
  const unsignableHeaders = new Set(['x-amz-content-sha256'])
  const signed = await signer.sign(request, { signingDate: date, unsignableHeaders })
  return signed.headers['authorization']
}
