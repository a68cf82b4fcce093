import {
  type BegunCall,
  type CallOutcome,
  type Calls,
  callWindow,
  keptCalls,
  type RecordedCall,
} from '../../core/proxy/call-record.ts';

type Item = {
  readonly calls: Map<string, RecordedCall>;
  readonly counts: Map<string, number>;
  readonly windows: Map<string, { since: number; calls: number }>;
};

/** Calls in memory; each verb is atomic, as one conditional write is. */
export function memoryProxyCalls(): Calls {
  const items = new Map<string, Item>();
  const itemOf = (lease: string): Item => {
    const item = items.get(lease) ?? { calls: new Map(), counts: new Map(), windows: new Map() };
    items.set(lease, item);
    return item;
  };
  const sum = (of: readonly RecordedCall[], what: 'sent' | 'received') =>
    of.reduce((total, { outcome }) => total + (outcome?.[what] ?? 0), 0);
  return {
    async begin(lease, call, most) {
      const { calls, counts, windows } = itemOf(lease);
      const { capability, at } = call;
      const running = windows.get(capability);
      const window = running && running.since > at - callWindow ? running : { since: at, calls: 0 };
      if (calls.has(call.id)) return 'begun';
      if (window.calls >= most) return { wait: Math.max(1, window.since + callWindow - at) };
      windows.set(capability, { ...window, calls: window.calls + 1 });
      counts.set(capability, (counts.get(capability) ?? 0) + 1);
      calls.set(call.id, call);
      return 'begun';
    },
    async end(lease: string, call: BegunCall, outcome: CallOutcome) {
      const { calls } = itemOf(lease);
      const begun = calls.get(call.id);
      if (begun && !begun.outcome) calls.set(call.id, { ...begun, outcome });
    },
    async read(lease) {
      const { calls, counts } = itemOf(lease);
      const all = [...calls.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      return {
        total: all.length,
        capabilities: Object.fromEntries(counts),
        sent: sum(all, 'sent'),
        received: sum(all, 'received'),
        last: all.slice(-keptCalls),
      };
    },
  };
}
