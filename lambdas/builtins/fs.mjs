const builtin = process.getBuiltinModule('node:fs')

export default builtin
export const { ReadStream, createReadStream, fstatSync, lstatSync } = builtin
