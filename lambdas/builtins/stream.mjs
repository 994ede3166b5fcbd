const builtin = process.getBuiltinModule('node:stream')

export default builtin
export const { PassThrough, Readable, Writable, pipeline } = builtin
