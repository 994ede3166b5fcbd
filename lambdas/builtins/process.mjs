const builtin = process.getBuiltinModule('node:process')

export default builtin
export const { env, versions } = builtin
