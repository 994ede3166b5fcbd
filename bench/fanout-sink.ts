// The other side of a bench: answers every post as API Gateway does, over HTTP and over HTTPS.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import * as v from 'valibot'

const KEPT_MS = 60_000

const [, , key = '', cert = ''] = process.argv

const answer: http.RequestListener = (request, response) => {
  request.resume().once('end', () => {
    response.setHeader('x-amzn-RequestId', 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef')
    response.setHeader('x-amz-apigw-id', 'L0SM9cOFvHcCIhw=')
    response.setHeader('Content-Type', 'application/json')
    response.setHeader('Content-Length', 0)
    response.end()
  })
}

const plain = http.createServer({ keepAliveTimeout: KEPT_MS }, answer)
const secure = https.createServer(
  { keepAliveTimeout: KEPT_MS, key: readFileSync(key), cert: readFileSync(cert) },
  answer,
)

const ports = await Promise.all([listen(plain), listen(secure)])
process.on('disconnect', () => process.exit())
process.send?.({ http: ports[0], https: ports[1] })

async function listen(server: http.Server | https.Server): Promise<number> {
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return v.parse(v.object({ port: v.number() }), server.address()).port
}
