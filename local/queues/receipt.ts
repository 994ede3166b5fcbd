/** Which receipt of which copy of a message. */
export interface Receipt {
  readonly copyId: string
  readonly receiveCount: number
}

/** A receipt handle: it says what it is for, so that no list of those given out has to be kept. */
export function formatReceipt(queueArn: string, { copyId, receiveCount }: Receipt): string {
  return Buffer.from(`${queueArn} ${copyId} ${receiveCount}`).toString('base64')
}

/** Undefined when it is no receipt handle, or one of another queue. */
export function parseReceipt(queueArn: string, handle: string): Receipt | undefined {
  const [arn, copyId, count] = Buffer.from(handle, 'base64').toString('utf8').split(' ')
  if (arn !== queueArn || copyId === undefined || count === undefined) return undefined
  return { copyId, receiveCount: Number(count) }
}
