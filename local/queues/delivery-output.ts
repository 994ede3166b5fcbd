import {
  md5OfAttributes,
  md5OfBody,
  systemAttributes,
  type Delivery,
  type MessageAttribute,
  type MessageAttributes,
} from './message.ts'

/** The names of the attributes that a caller wants to see. */
export interface WantedAttributes {
  /** SQS's own; `All` for all. */
  readonly system: readonly string[]
  /** The program's; `All` or `.*` for all, `prefix.*` for some. */
  readonly message: readonly string[]
}

/** A delivery, as ReceiveMessage gives it. */
export function deliveryOutput(delivery: Delivery, wanted: WantedAttributes): object {
  const { message, receiptHandle } = delivery
  const system = Object.entries(systemAttributes(delivery)).filter(
    ([name]) => wanted.system.includes('All') || wanted.system.includes(name),
  )
  const attributes = pick(message.attributes, wanted.message)
  return {
    MessageId: message.messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5OfBody(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(attributes.size > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: Object.fromEntries(
        [...attributes].map(([name, attribute]) => [name, attributeOutput(attribute)]),
      ),
    }),
  }
}

function pick(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  if (names.includes('All') || names.includes('.*')) return attributes
  const wanted = (name: string): boolean =>
    names.some((pattern) =>
      pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : name === pattern,
    )
  return new Map([...attributes].filter(([name]) => wanted(name)))
}

function attributeOutput({ dataType, value }: MessageAttribute): object {
  return typeof value === 'string'
    ? { DataType: dataType, StringValue: value }
    : { DataType: dataType, BinaryValue: value.toString('base64') }
}
