/** So long a token of the local issuer is good that says nothing else. */
export const TOKEN_LIFETIME_SECONDS = 3_600
