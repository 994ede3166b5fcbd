const builtin = process.getBuiltinModule('node:os')

export default builtin
export const { homedir, platform, release } = builtin
