import { createHash } from 'node:crypto'

/** A value that a program puts beside a message's body: of type String, Number or Binary. */
export interface MessageAttribute {
  /** Such as `String`, or `Number.int` with a label of the program's own. */
  readonly dataType: string
  readonly value: string | Buffer
}

export type MessageAttributes = ReadonlyMap<string, MessageAttribute>

/** What a program sends. */
export interface OutgoingMessage {
  readonly body: string
  readonly attributes: MessageAttributes
  /** Who sends it, by the id that IAM has for them. */
  readonly senderId: string
  readonly groupId?: string | undefined
  /** The X-Amzn-Trace-Id that it was sent with. */
  readonly traceHeader?: string | undefined
}

/** A message as it was sent. */
export interface Message extends OutgoingMessage {
  readonly messageId: string
  readonly sentMs: number
  /** The queue that gave it up. */
  readonly deadLetterSourceArn?: string | undefined
}

/** One delivery of a message. */
export interface Delivery {
  readonly message: Message
  /** Each has its own. */
  readonly receiptHandle: string
  /** With this one. */
  readonly receiveCount: number
  readonly firstReceivedMs: number
}

/** What counts against the limit of a message: its body, and its attributes with their names and types. */
export function messageBytes({ body, attributes }: OutgoingMessage): number {
  let bytes = Buffer.byteLength(body)
  for (const [name, { dataType, value }] of attributes) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(dataType) + Buffer.byteLength(value)
  }
  return bytes
}

export function md5OfBody(body: string): string {
  return createHash('md5').update(body).digest('hex')
}

const STRING_VALUE = Buffer.of(1)
const BINARY_VALUE = Buffer.of(2)

/**
 * The MD5 by which an SDK checks that its attributes have arrived: of name, type and value, each
 * after its length, in the order of the names.
 */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const hash = createHash('md5')
  const add = (value: string | Buffer): void => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(value))
    hash.update(length).update(value)
  }
  for (const name of [...attributes.keys()].toSorted()) {
    const attribute = attributes.get(name)
    if (!attribute) continue
    add(name)
    add(attribute.dataType)
    hash.update(typeof attribute.value === 'string' ? STRING_VALUE : BINARY_VALUE)
    add(attribute.value)
  }
  return hash.digest('hex')
}

/** SQS's own attributes of a delivery, as texts. */
export function systemAttributes({
  message,
  receiveCount,
  firstReceivedMs,
}: Delivery): Record<string, string> {
  const { deadLetterSourceArn, groupId, traceHeader } = message
  return {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(Math.floor(message.sentMs)),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(Math.floor(firstReceivedMs)),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
  }
}
