/** Alice works for acme, and delegates to agents. */
export const alice = { sub: 'alice', customer_id: 'acme' } as const;

/** Those who are asked about large invoices. */
export const frieda = { sub: 'frieda', groups: ['finance-managers'] } as const;
export const dora = { sub: 'dora', groups: ['directors'] } as const;
