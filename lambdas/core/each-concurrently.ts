/**
 * Calls `visit` for every item, at most `concurrency` at a time, and takes the next item from the
 * source only when there is room for it.
 *
 * @throws what the source or a `visit` threw, after the visits under way have ended: a Lambda must
 * leave nothing behind that runs.
 */
export async function eachConcurrently<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  concurrency: number,
  visit: (item: Item) => Promise<void>,
): Promise<void> {
  const source = iterate(items)
  let failed = false
  const worker = async (): Promise<void> => {
    try {
      for (let next = await source.next(); !next.done && !failed; next = await source.next()) {
        await visit(next.value)
      }
    } catch (error) {
      failed = true
      throw error
    }
  }
  const results = await Promise.allSettled(Array.from({ length: concurrency }, worker))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) throw failure.reason
}

function iterate<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncIterator<Item> | Iterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}
