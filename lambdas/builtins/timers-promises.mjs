const builtin = process.getBuiltinModule('node:timers/promises')

export default builtin
export const { setTimeout } = builtin
