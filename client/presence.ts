// What a client may be to a room, each more than the one before. Plain numbers: so a bundler puts
// them where they are used.

export const OUT = 0
export const IN = 1

/** In it, and the others are told. */
export const ANNOUNCED = 2
