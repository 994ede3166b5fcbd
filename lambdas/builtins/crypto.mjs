const builtin = process.getBuiltinModule('node:crypto')

export default builtin
export const {
  createHash,
  createHmac,
  createPublicKey,
  createVerify,
  getRandomValues,
  hash,
  randomUUID,
  verify,
} = builtin
