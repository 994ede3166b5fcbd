/** Why the gateway answers by itself, without what an integration has returned. */
export interface GatewayError {
  readonly status: number
  readonly message: string
  /** API Gateway's name for this kind of answer, as access logs have it. */
  readonly responseType: string
}

export const FORBIDDEN = error(403, 'Forbidden', 'DEFAULT_4XX')
export const BAD_REQUEST = error(400, 'Bad Request', 'DEFAULT_4XX')
export const URI_TOO_LONG = error(414, 'URI Too Long', 'DEFAULT_4XX')
export const TOO_MANY_REQUESTS = error(429, 'Too Many Requests', 'THROTTLED')
export const UNAUTHORIZED = error(401, 'Unauthorized', 'UNAUTHORIZED')
export const ACCESS_DENIED = error(403, 'Forbidden', 'ACCESS_DENIED')
export const AUTHORIZER_FAILURE = error(500, 'Internal server error', 'AUTHORIZER_FAILURE')
export const NOT_ALLOWED = error(500, 'Internal server error', 'API_CONFIGURATION_ERROR')
export const INTEGRATION_FAILURE = error(502, 'Internal server error', 'INTEGRATION_FAILURE')
export const INTEGRATION_TIMEOUT = error(504, 'Endpoint request timed out', 'INTEGRATION_TIMEOUT')

function error(status: number, message: string, responseType: string): GatewayError {
  return { status, message, responseType }
}
