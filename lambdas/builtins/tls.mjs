const builtin = process.getBuiltinModule('node:tls')

export default builtin
export const { connect } = builtin
