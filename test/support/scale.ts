/** Whether this is `npm run test:large`: what takes minutes at full size is smaller in `npm test`. */
export const IS_LARGE = process.env['TEST_SCALE'] === 'large'
