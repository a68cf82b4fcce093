/** One request to a system outside, its address from configuration. */
export type Outbound = {
  readonly method: string;
  readonly url: string;
  /** As they are sent; `host`, `connection` and lengths are set by themselves. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** Milliseconds for all of it: names, connection, headers and body. */
  readonly patience: number;
  /** Most bytes of the body that comes back. */
  readonly largest: number;
  /** Whether it may be at a private address: so its configuration says. */
  readonly privateNetwork: boolean;
  /** Certificates (PEM) trusted instead of the well-known ones. */
  readonly ca?: string | undefined;
};

/** What came back, whatever its status: nothing is followed. */
export type Answer = {
  readonly status: number;
  /** By lower-case name; of several of one name, all. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
};

/** Sends one request and reads its answer; throws an Error whose message is for a log and holds nothing of either. */
export type Send = (request: Outbound) => Promise<Answer>;
