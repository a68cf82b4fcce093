import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  methodsOf,
  type ProvenWay,
  provenWay,
  saysWho,
  strengthOfWay,
} from '../../core/attestation-terms.ts';
import { type Facts, isAtLeast, type Method, type Proven, strengths } from '../../core/evidence.ts';
import { withoutPath } from '../../core/identity.ts';
import type { Way } from '../../core/policy/schema-attestation.ts';
import { stillProven } from '../../core/still-proven.ts';
import { anyPieces, anyWay, anyWays, piecesFor } from './ways.ts';

const runs = { numRuns: 3_000 };
const byCaller = ['aws_iam', 'aws_web_identity', 'aws_presigned'] as const;

/** A way, and pieces that mostly prove it. */
const wayAndPieces = anyWay.chain((way) =>
  fc.tuple(fc.constant(way), fc.oneof(anyPieces, piecesFor(way), piecesFor(way))),
);

/** Ways, and pieces that were made for one of them. */
const waysAndPieces = anyWays.chain((ways) =>
  fc.tuple(fc.constant(ways), fc.oneof(anyPieces, piecesFor(ways[0] ?? {}), piecesFor(ways[0] ?? {}))),
);

/** Counts how often a property held on something, so that none passes on nothing. */
function checked(property: (count: () => void) => void, least = 100): void {
  let count = 0;
  property(() => count++);
  expect(count).toBeGreaterThan(least);
}

/** Whether a method's terms are met by a piece, beside others that fit to anything it says. */
function metAlone(method: Method, way: Way, piece: Proven | undefined): boolean {
  if (piece === undefined) return false;
  const alone = { [method]: way[method] } as Way;
  if (method === 'aws_nitro') {
    const svid: Proven = { method: 'spiffe_x509', principal: 'spiffe://a.example/b', facts: {} };
    return (
      provenWay([{ ...alone, spiffe_x509: { id: 'spiffe://a.example/b' } }], [piece, svid]) !== undefined
    );
  }
  if (method === 'aws_ec2_iid') {
    const { aws_account = '', ec2_instance = '' } = piece.facts;
    const role = `arn:aws:iam::${aws_account}:role/agent`;
    const facts = { aws_account, aws_session: ec2_instance };
    const beside: Proven = { method: 'aws_iam', principal: 'AROA', role, facts };
    return provenWay([{ ...alone, aws_iam: { role } }], [piece, beside]) !== undefined;
  }
  return provenWay([alone], [piece]) !== undefined;
}

/** Whether no two pieces say different things, and a document is of an instance that another piece knows of. */
function ofOneRuntime(pieces: readonly Proven[]): boolean {
  const differ = pieces.some((one) =>
    pieces.some((other) =>
      Object.entries(one.facts).some(
        ([name, value]) => (other.facts[name as keyof Facts] ?? value) !== value,
      ),
    ),
  );
  const document = pieces.find(({ method }) => method === 'aws_ec2_iid');
  const shown = pieces
    .filter((each) => each !== document)
    .map(({ facts }) => facts.ec2_instance ?? facts.aws_session);
  return !differ && (!document || shown.includes(document.facts.ec2_instance ?? 'none'));
}

/** What attesting would write into the result. */
function resultOf({ pieces }: ProvenWay): { methods: Method[]; facts: Facts } {
  return {
    methods: pieces.map(({ method }) => method),
    facts: Object.assign({}, ...pieces.map(({ facts }) => facts)) as Facts,
  };
}

/** The role that signed the request, as API Gateway names it. */
function callerOf(pieces: readonly Proven[]): { role: string } {
  const calling = pieces.find(({ method }) => method === 'aws_iam' || method === 'aws_web_identity');
  return { role: withoutPath(calling?.role ?? 'arn:aws:iam::111122223333:role/entry') };
}

describe('a way of a policy, whatever its terms and the evidence', () => {
  it('is proven exactly if each of its methods is, all of one runtime, and one says who', () => {
    checked((count) =>
      fc.assert(
        fc.property(wayAndPieces, ([way, pieces]) => {
          const methods = methodsOf(way);
          const taken = methods.flatMap((method) => pieces.find((each) => each.method === method) ?? []);
          const expected =
            methods.every((method) =>
              metAlone(
                method,
                way,
                taken.find((each) => each.method === method),
              ),
            ) &&
            ofOneRuntime(taken) &&
            saysWho(methods);
          expect(provenWay([way], pieces) !== undefined).toBe(expected);
          if (expected && methods.length > 1) count();
        }),
        runs,
      ),
    );
  });

  it('is proven no less by more evidence', () => {
    checked((count) =>
      fc.assert(
        fc.property(
          waysAndPieces.chain(([ways, pieces]) =>
            fc.tuple(fc.constant(ways), fc.constant(pieces), fc.subarray([...pieces])),
          ),
          ([ways, pieces, fewer]) => {
            const less = provenWay(ways, fewer);
            if (!less) return;
            const more = provenWay(ways, pieces);
            expect(more && isAtLeast(more.strength, less.strength)).toBe(true);
            if (fewer.length < pieces.length) count();
          },
        ),
        runs,
      ),
    );
  });

  it('lets in nobody more for one term more, or one method more', () => {
    checked((count) =>
      fc.assert(
        fc.property(wayAndPieces, ([way, pieces]) => {
          if (!provenWay([way], pieces)) return;
          for (const looser of looserThan(way)) {
            expect(provenWay([looser], pieces), JSON.stringify(looser)).toBeDefined();
            count();
          }
        }),
        runs,
      ),
    );
  });

  it('counts the pieces of its own methods, and no other, in whatever order they come', () => {
    checked((count) =>
      fc.assert(
        fc.property(waysAndPieces, ([ways, pieces]) => {
          const proven = provenWay(ways, pieces);
          const backwards = provenWay(ways, [...pieces].reverse());
          expect(backwards && resultOf(backwards)).toEqual(proven && resultOf(proven));
          if (!proven) return;
          const { methods } = resultOf(proven);
          expect(ways.map((way) => methodsOf(way).join())).toContain(methods.join());
          expect(pieces).toEqual(expect.arrayContaining([...proven.pieces]));
          if (proven.pieces.length < pieces.length) count();
        }),
        runs,
      ),
    );
  });

  it('counts nothing of two accounts, two instances or two ids', () => {
    checked((count) =>
      fc.assert(
        fc.property(waysAndPieces, ([ways, pieces]) => {
          const proven = provenWay(ways, pieces);
          if (!proven) return;
          const { facts } = resultOf(proven);
          for (const piece of proven.pieces) expect(facts).toMatchObject(piece.facts);
          count();
        }),
        runs,
      ),
    );
  });
});

describe('the strength of what is proven', () => {
  it('is that of the strongest way that is proven, the first of equals', () => {
    checked(
      (count) =>
        fc.assert(
          fc.property(waysAndPieces, ([ways, pieces]) => {
            const each = ways.flatMap((way) => provenWay([way], pieces) ?? []);
            const [strongest] = [...each].sort(
              (a, b) => strengths.indexOf(b.strength) - strengths.indexOf(a.strength),
            );
            expect(provenWay(ways, pieces)).toEqual(strongest);
            if (each.length > 1) count();
          }),
          runs,
        ),
      20,
    );
  });

  it('is that of its strongest method', () => {
    fc.assert(
      fc.property(anyWay, (way) => {
        const methods = methodsOf(way);
        const alone = methods.map((method) => strengthOfWay([method]));
        expect(alone).toContain(strengthOfWay(methods));
        expect(alone.every((one) => isAtLeast(strengthOfWay(methods), one))).toBe(true);
      }),
    );
  });
});

describe('what was proven, under the policy of now', () => {
  it('still is under the policy that it was proven under', () => {
    checked((count) =>
      fc.assert(
        fc.property(waysAndPieces, ([any_of, pieces]) => {
          const proven = provenWay(any_of, pieces);
          if (!proven) return;
          for (const minimum of strengths.filter((each) => isAtLeast(proven.strength, each)))
            expect(stillProven({ any_of, minimum }, resultOf(proven), callerOf(proven.pieces))).toBe(true);
          count();
        }),
        runs,
      ),
    );
  });

  it('still is under another exactly if the same evidence would do, but for what a result does not hold', () => {
    const other = fc.tuple(wayAndPieces, anyWay, fc.constantFrom(...strengths), fc.boolean());
    let [kept, lost] = [0, 0];
    fc.assert(
      fc.property(other, ([[way, pieces], random, minimum, near]) => {
        const proven = provenWay([way], pieces);
        if (!proven) return;
        const now = near ? ({ ...way, ...common(random, way) } as Way) : random;
        const asked = asIfHeld(now, proven.pieces);
        // Which of several pieces knew of the instance is not in a result.
        if (asked.aws_ec2_iid && methodsOf(asked).length !== proven.pieces.length) return;
        const again = provenWay([asked], proven.pieces);
        const expected = again !== undefined && isAtLeast(again.strength, minimum);
        const caller = callerOf(proven.pieces);
        expect(stillProven({ any_of: [now], minimum }, resultOf(proven), caller)).toBe(expected);
        if (expected) kept++;
        else lost++;
      }),
      runs,
    );
    expect(kept).toBeGreaterThan(50);
    expect(lost).toBeGreaterThan(50);
  });
});

/** The way with one term less, or one method less where what is left still says who, and where. */
function looserThan(way: Way): Way[] {
  const methods = methodsOf(way);
  const removable = methods.filter(
    (gone) =>
      saysWho(methods.filter((method) => method !== gone)) &&
      !(way.aws_ec2_iid && (byCaller as readonly Method[]).includes(gone)),
  );
  const optional = [
    ['aws_web_identity', 'lambda_function'],
    ['aws_web_identity', 'vpc'],
    ['aws_web_identity', 'org'],
    ['oidc', 'subject'],
    ['oidc', 'claims'],
    ['aws_ec2_iid', 'image'],
  ] as const;
  const set = optional.filter(([method, term]) => Object.hasOwn(way[method] ?? {}, term));
  const without = (value: object | undefined, name: string) =>
    Object.fromEntries(Object.entries(value ?? {}).filter(([each]) => each !== name));
  const registers = Object.keys(way.aws_nitro?.pcrs ?? {});
  return [
    ...removable.map((gone) => without(way, gone) as Way),
    ...set.map(([method, term]) => ({ ...way, [method]: without(way[method], term) }) as Way),
    ...(registers.length > 1
      ? registers.map((gone) => ({ ...way, aws_nitro: { pcrs: without(way.aws_nitro?.pcrs, gone) } }) as Way)
      : []),
  ];
}

/** What two ways both have, with the terms of the first. */
function common(one: Way, other: Way): Way {
  return Object.fromEntries(Object.entries(one).filter(([method]) => Object.hasOwn(other, method)));
}

/** A way whose terms on what no result holds are what the pieces say. */
function asIfHeld(way: Way, pieces: readonly Proven[]): Way {
  const of = (method: Method) => pieces.find((each) => each.method === method);
  const plain = (method: Method) => {
    const plain_audience = of(method)?.plainAudience;
    return plain_audience === undefined ? {} : { plain_audience };
  };
  const { aws_web_identity: identity, spiffe_jwt, oidc, aws_nitro, ...rest } = way;
  const role = of('aws_web_identity')?.role;
  const samePath = identity && role !== undefined && withoutPath(identity.role) === withoutPath(role);
  return {
    ...rest,
    ...(identity && { aws_web_identity: { ...identity, ...(samePath && { role }) } }),
    ...(spiffe_jwt && { spiffe_jwt: { id: spiffe_jwt.id, ...plain('spiffe_jwt') } }),
    ...(oidc && {
      oidc: { issuer: oidc.issuer, ...(oidc.subject && { subject: oidc.subject }), ...plain('oidc') },
    }),
    ...(aws_nitro && { aws_nitro: { pcrs: { ...of('aws_nitro')?.measurements } } }),
  };
}
