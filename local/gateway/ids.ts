import { randomBytes } from 'node:crypto'

const ID = /^[\w-]{15}=$/

/** 16 characters of the base64url alphabet, the last a `=`: such as `L0SM9cOFvHcCIhw=`. */
export function newId(): string {
  return `${randomBytes(11).toString('base64url')}=`
}

/** Whether it could be the id of a connection. */
export function isConnectionId(text: string): boolean {
  return ID.test(text)
}
