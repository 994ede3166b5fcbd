const { DeleteCommand } = require('@aws-sdk/lib-dynamodb')
const { client, TableName } = require('../table')

/** @param {{ requestContext: { connectionId: string } }} event */
const remove = async ({ requestContext: { connectionId } }) => {
  await client.send(new DeleteCommand({ TableName, Key: { connectionId } }))
  return { statusCode: 200 }
}

exports.api = { remove }
