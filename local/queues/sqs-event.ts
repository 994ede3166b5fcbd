import { asJsonObject, parseJsonObject } from '../json.ts'
import {
  md5OfAttributes,
  md5OfBody,
  systemAttributes,
  type Delivery,
  type MessageAttribute,
} from './message.ts'

/** A delivery, as a function receives it in `Records`. */
export function sqsRecord(delivery: Delivery, queueArn: string): object {
  const { message, receiptHandle } = delivery
  const { messageId, body, attributes } = message
  return {
    messageId,
    receiptHandle,
    body,
    attributes: systemAttributes(delivery),
    messageAttributes: Object.fromEntries(
      [...attributes].map(([name, attribute]) => [name, attributeOf(attribute)]),
    ),
    ...(attributes.size > 0 && { md5OfMessageAttributes: md5OfAttributes(attributes) }),
    md5OfBody: md5OfBody(body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3],
  }
}

function attributeOf({ dataType, value }: MessageAttribute): object {
  const given =
    typeof value === 'string' ? { stringValue: value } : { binaryValue: value.toString('base64') }
  return { ...given, stringListValues: [], binaryListValues: [], dataType }
}

/**
 * Which messages of a batch have failed, by what a function that reports them returned. As on AWS,
 * nothing said is success, and whatever cannot be understood fails the whole batch.
 *
 * @param payload the JSON of what the handler returned
 * @param messageIds of the batch
 */
export function failedMessages(
  payload: string,
  messageIds: ReadonlySet<string>,
): ReadonlySet<string> {
  if (payload === 'null' || payload === '') return new Set()
  const response = parseJsonObject(payload)
  if (!response) return messageIds
  const failures = response['batchItemFailures'] ?? []
  if (!Array.isArray(failures)) return messageIds
  const failed = new Set<string>()
  for (const failure of failures) {
    const { itemIdentifier } = asJsonObject(failure)
    if (typeof itemIdentifier !== 'string' || !messageIds.has(itemIdentifier)) return messageIds
    failed.add(itemIdentifier)
  }
  return failed
}
