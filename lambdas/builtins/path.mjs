const builtin = process.getBuiltinModule('node:path')

export default builtin
export const { sep } = builtin
export const join = builtin.join.bind(builtin)
