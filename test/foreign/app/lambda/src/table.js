const { DynamoDBClient } = require('@aws-sdk/client-dynamodb')
const { DynamoDBDocumentClient } = require('@aws-sdk/lib-dynamodb')

exports.client = DynamoDBDocumentClient.from(new DynamoDBClient({}))
exports.TableName = process.env['TABLE_NAME']
