const { PutCommand } = require('@aws-sdk/lib-dynamodb')
const { client, TableName } = require('../table')

/** @param {{ requestContext: { connectionId: string, authorizer: { room: string } } }} event */
exports.handler = async ({ requestContext: { connectionId, authorizer } }) => {
  const Item = { connectionId, room: authorizer.room }
  await client.send(new PutCommand({ TableName, Item }))
  return { statusCode: 200 }
}
