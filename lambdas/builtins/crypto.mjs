const builtin = process.getBuiltinModule('node:crypto')

export default builtin
export const { createHash, createHmac, getRandomValues, hash, randomUUID } = builtin
