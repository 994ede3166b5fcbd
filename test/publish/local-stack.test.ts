import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { closeServer, listen } from '../../local/http.ts'
import { findLocalStack } from '../../publish/local-stack.ts'

let server: Server | undefined
afterEach(async () => {
  if (server) await closeServer(server)
  server = undefined
  vi.restoreAllMocks()
})

/** What a port answers to whatever it is asked. */
async function portThatAnswers(body: string): Promise<number> {
  server = createServer((_, response) => response.end(body))
  return listen(server, 0)
}

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }

function developer(outputs: Readonly<Record<string, string>>): string {
  const endpoints = { sqs: 'http://127.0.0.1:1', dynamodb: 'http://127.0.0.1:2' }
  return JSON.stringify({ outputs, credentials: CREDENTIALS, region: 'eu-west-1', endpoints })
}

describe('the stack of npm start', () => {
  it.each(['DeliveryQueueUrl', 'Chat.DeliveryQueueUrl'])(
    'has its queue in the output %s',
    async (name) => {
      const port = await portThatAnswers(developer({ WebSocketUrl: 'ws://…', [name]: 'http://q' }))
      const { queueUrl, client } = await findLocalStack(port)
      expect(queueUrl).toBe('http://q')
      expect(await client.config.region()).toBe('eu-west-1')
      expect(await client.config.credentials()).toMatchObject(CREDENTIALS)
    },
  )

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['none', { WebSocketUrl: 'ws://…' }, /received the outputs WebSocketUrl\.$/],
    [
      'two',
      { 'A.DeliveryQueueUrl': 'http://a', 'B.DeliveryQueueUrl': 'http://b', 'A.Url': '' },
      /received the outputs A\.DeliveryQueueUrl, B\.DeliveryQueueUrl\.$/,
    ],
  ])('has to have one such output, not %s', async (_, outputs, message) => {
    const port = await portThatAnswers(developer(outputs))
    await expect(findLocalStack(port)).rejects.toThrow(message)
  })

  it.each(['<!doctype html>', '{}', 'null'])('is not what answers %s', async (body) => {
    const port = await portThatAnswers(body)
    await expect(findLocalStack(port)).rejects.toThrow(/is no stack that npm start runs/)
  })

  it('is told to be started where nothing listens', async () => {
    const port = await portThatAnswers('')
    if (server) await closeServer(server)
    server = undefined
    await expect(findLocalStack(port)).rejects.toThrow(
      `Nothing answers at http://127.0.0.1:${port}. Run npm start`,
    )
  })

  it('is not waited for when what listens never answers', async () => {
    server = createServer(() => {})
    const port = await listen(server, 0)
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
    await expect(findLocalStack(port)).rejects.toThrow(/^Nothing answers/)
  })
})
