/** Seconds by which the clocks of those who sign, agents, issuers and AWS alike, may differ from ours. */
export const skew = 60;
