const builtin = process.getBuiltinModule('node:net')

export default builtin
export const { connect, isIP } = builtin
