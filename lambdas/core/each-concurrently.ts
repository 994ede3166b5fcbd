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
  const failures: unknown[] = []
  const work = async (): Promise<void> => {
    try {
      while (failures.length === 0) {
        const next = await source.next()
        if (next.done) return
        await visit(next.value)
      }
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  if (failures.length > 0) throw failures[0]
}

function iterate<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncIterator<Item> | Iterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}
