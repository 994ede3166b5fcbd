const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi')
const { DynamoDBClient, QueryCommand } = require('@aws-sdk/client-dynamodb')
const { unmarshall } = require('@aws-sdk/util-dynamodb')

const dynamoDb = new DynamoDBClient({})

/**
 * Posts to everybody in a room.
 *
 * @param {{ body: string, requestContext: { domainName: string, stage: string } }} event
 */
exports.handler = async (event) => {
  const { domainName, stage } = event.requestContext
  const management = new ApiGatewayManagementApiClient({
    endpoint: `https://${domainName}/${stage}`,
  })
  const { room, text } = JSON.parse(event.body)
  const { Items = [] } = await dynamoDb.send(
    new QueryCommand({
      TableName: process.env['TABLE_NAME'],
      IndexName: 'byRoom',
      KeyConditionExpression: 'room = :room',
      ExpressionAttributeValues: { ':room': { S: room } },
    }),
  )
  for (const { connectionId } of Items.map((item) => unmarshall(item))) {
    await management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }))
  }
  return { statusCode: 200 }
}
