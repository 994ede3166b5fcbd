import { asJsonObject, type JsonObject } from '../json.ts'
import { MAX_ATTRIBUTE_NAME_CHARACTERS, MAX_MESSAGE_ATTRIBUTES } from './limits.ts'
import {
  messageBytes,
  type MessageAttribute,
  type MessageAttributes,
  type OutgoingMessage,
} from './message.ts'
import { SqsError } from './sqs-error.ts'
import { optionalString, refuseFifo, requiredString } from './sqs-input.ts'

/** What XML 1.0 can hold, of which SQS's messages are made. */
// oxlint-disable-next-line no-control-regex -- tab and the ends of lines are among them
const ALLOWED_CHARACTERS = /^[\u0009\u000A\u000D\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u

const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)[\w.-]+(?<!\.)$/
const RESERVED_NAME = /^(?:aws|amazon)\./i
const DATA_TYPE = /^(String|Number|Binary)(?:\.[^\n]+)?$/

/**
 * Reads a message that is to be sent, or one entry of a batch.
 *
 * @throws SqsError
 */
export function readMessage(
  input: JsonObject,
  senderId: string,
  maximumMessageBytes: number,
): OutgoingMessage {
  const body = requiredString(input, 'MessageBody')
  checkCharacters(body)
  refuseFifo(input, 'MessageDeduplicationId')
  if (Object.keys(asJsonObject(input['MessageSystemAttributes'])).length > 0) {
    const message = 'MessageSystemAttributes are not supported locally'
    throw new SqsError('UnsupportedOperation', message)
  }
  const attributes = readAttributes(asJsonObject(input['MessageAttributes']))
  const message = { body, attributes, senderId, groupId: optionalString(input, 'MessageGroupId') }
  if (messageBytes(message) > maximumMessageBytes) {
    throw new SqsError(
      'InvalidParameterValueException',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageBytes} bytes.`,
    )
  }
  return message
}

function checkCharacters(text: string): void {
  if (ALLOWED_CHARACTERS.test(text)) return
  throw new SqsError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  )
}

function readAttributes(input: JsonObject): MessageAttributes {
  const entries = Object.entries(input)
  if (entries.length > MAX_MESSAGE_ATTRIBUTES) {
    throw new SqsError(
      'InvalidParameterValueException',
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_MESSAGE_ATTRIBUTES}].`,
    )
  }
  return new Map(entries.map(([name, value]) => [name, readAttribute(name, asJsonObject(value))]))
}

function readAttribute(name: string, input: JsonObject): MessageAttribute {
  if (
    name.length > MAX_ATTRIBUTE_NAME_CHARACTERS ||
    !ATTRIBUTE_NAME.test(name) ||
    RESERVED_NAME.test(name)
  ) {
    throw invalidAttribute(`The message attribute name '${name}' is invalid.`)
  }
  const dataType = requiredString(input, 'DataType')
  const [, type] = DATA_TYPE.exec(dataType) ?? []
  if (type === undefined || dataType.length > MAX_ATTRIBUTE_NAME_CHARACTERS) {
    throw invalidAttribute(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    )
  }
  const text = optionalString(input, type === 'Binary' ? 'BinaryValue' : 'StringValue') ?? ''
  const value = type === 'Binary' ? Buffer.from(text, 'base64') : text
  if (value.length === 0) {
    const what = type === 'Binary' ? 'binary' : 'string'
    throw invalidAttribute(
      `The message (user) attribute '${name}' must contain a non-empty ${what} value.`,
    )
  }
  if (typeof value === 'string') checkCharacters(value)
  if (type === 'Number' && (text.trim() !== text || !Number.isFinite(Number(text)))) {
    throw invalidAttribute(
      `Can't cast the value of message (user) attribute '${name}' to a number.`,
    )
  }
  return { dataType, value }
}

function invalidAttribute(message: string): SqsError {
  return new SqsError('InvalidParameterValueException', message)
}
