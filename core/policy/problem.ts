/** What is wrong with a policy, and where: `path` leads to the value in the document. */
export type Problem = { readonly path: readonly (string | number)[]; readonly message: string };
