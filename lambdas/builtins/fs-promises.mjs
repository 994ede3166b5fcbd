const builtin = process.getBuiltinModule('node:fs/promises')

export default builtin
export const { readFile } = builtin
