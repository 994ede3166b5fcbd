import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'

const client = new DynamoDBClient({})

export const handler = async () => {
  const { TABLE_NAME: TableName, ...variables } = process.env
  const { Table } = await client.send(new DescribeTableCommand({ TableName }))
  const body = JSON.stringify({
    capacity: Table?.ProvisionedThroughput?.ReadCapacityUnits,
    tableArn: variables['TABLE_ARN'],
    greeting: variables['GREETING'],
    pageSize: variables['PAGE_SIZE'],
  })
  return { statusCode: 200, body }
}
