import type { Problem } from './problem.ts';
import type { Systems } from './schema-systems.ts';

/** Hosts of this machine, to which alone a password may travel without TLS. */
const ownHosts = ['127.0.0.1', 'localhost'];

/** Headers that are for others to set, or that would say whom a call is for. */
const reserved =
  /^(host|cookie|connection|keep-alive|accept-encoding|content-.*|transfer-encoding|te|trailer|upgrade|expect|forwarded|via|proxy-.*|x-forwarded-.*|x-amz-.*|mayfly-.*|dpop)$/i;

/** What is wrong with `systems.yaml` beside its shape. */
export function systemsProblems({ databases, clients, secrets }: Systems): Problem[] {
  const roles = Object.keys(databases).map((name) => name.replaceAll('-', '_'));
  return [
    ...Object.entries(databases).flatMap(([name, { host, tls }], i) => [
      ...(tls === 'off' && !ownHosts.includes(host)
        ? [{ path: ['databases', name, 'tls'], message: 'only on this machine passwords travel without TLS' }]
        : []),
      ...(roles.indexOf(roles[i] ?? '') < i
        ? [{ path: ['databases', name], message: 'another database has this name, but for - and _' }]
        : []),
    ]),
    ...Object.entries(clients).flatMap(
      ([name, { revocation_endpoint: endpoint, hosts, private_network }]) => {
        if (endpoint === undefined) return [];
        const { hostname, protocol } = new URL(endpoint);
        const path = ['clients', name, 'revocation_endpoint'];
        return [
          ...(hosts.includes(hostname) ? [] : [{ path, message: `its host is not among \`hosts\`` }]),
          ...(protocol === 'http:' && !private_network
            ? [{ path, message: 'http is for this machine only, with `private_network: true`' }]
            : []),
        ];
      },
    ),
    ...Object.entries(secrets).flatMap(([name, { header }]) =>
      reserved.test(header)
        ? [{ path: ['secrets', name, 'header'], message: `no secret goes into the header ${header}` }]
        : [],
    ),
  ];
}
