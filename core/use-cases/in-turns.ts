/** Most things that are done at one time: each is a few requests. */
export const atOnce = 16;

/** Does the work for every item, a turn at a time, and answers in their order; a fault keeps later turns from beginning. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += atOnce)
    results.push(...(await Promise.all(items.slice(i, i + atOnce).map(work))));
  return results;
}
