/** Does work when one of a few places is free, in the order that it was asked for. */
export type Places = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** So many places. */
export function places(many: number): Places {
  let free = many;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
