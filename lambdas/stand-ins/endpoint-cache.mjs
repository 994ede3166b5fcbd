/**
 * In place of `@aws-sdk/endpoint-cache`: keeps nothing. DynamoDB's client makes one for endpoints that
 * it discovers when it is told to, and nobody tells it here. The real one brings an LRU cache along.
 */
export class EndpointCache {
  getEndpoint() {}
  get() {}
  set() {}
  delete() {}
  has() {
    return false
  }
  clear() {}
}
