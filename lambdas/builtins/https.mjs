const builtin = process.getBuiltinModule('node:https')

export default builtin
export const { request } = builtin
