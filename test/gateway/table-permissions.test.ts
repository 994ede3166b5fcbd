import { expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { gatewayTarget } from './target.ts'

const gateway = gatewayTarget()

it('I3: refuses a DynamoDB call that the role does not allow, naming action and resource', async () => {
  const client = await TestClient.connect(gateway.url)
  const { refusal } = await client.request({ action: 'overreach', key: 'anything' })
  expect(refusal).toEqual({
    name: 'AccessDeniedException',
    status: 400,
    message: expect.stringMatching(
      /not authorized to perform: dynamodb:DeleteItem on resource: arn:aws[\w-]*:dynamodb:.*:table\/./,
    ),
  })
  await client.close()
})
