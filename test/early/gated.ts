/** Lets a call of a port happen, in its time or not at all. */
export type CallGate = <Answer>(call: string, effect: () => Promise<Answer>) => Promise<Answer>;

/** A port whose every call goes through a gate; of a list that comes page by page, every page. */
export function gated<Port extends object>(name: string, port: Port, gate: CallGate): Port {
  const verbs = Object.entries(port).map(([verb, method]) => [
    verb,
    typeof method === 'function' ? through(`${name}.${verb}`, method as Method, gate) : method,
  ]);
  return Object.fromEntries(verbs) as Port;
}

type Method = (...args: unknown[]) => unknown;

function through(call: string, method: Method, gate: CallGate): Method {
  if (method.constructor.name !== 'AsyncGeneratorFunction')
    return (...args) => gate(call, async () => method(...args));
  return async function* (...args) {
    const pages = (method(...args) as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    for (;;) {
      const page = await gate(call, () => pages.next());
      if (page.done) return;
      yield page.value;
    }
  };
}
