import {
  Composer,
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
} from 'yaml';
import { type Fault, valueFault } from './source-text.ts';
import { deepest, readTokens } from './source-tokens.ts';

/** A file as plain JSON, and where each of its values stands. */
export type Source = {
  readonly value: unknown;
  /** Offset of the key or the value at a path, or of the nearest that is there. */
  offsetOf(path: readonly (string | number)[]): number;
};

/** Reads a YAML 1.2 file into plain JSON; answers what is wrong with it where it is no such file. */
export function readSource(text: string): Source | { readonly faults: readonly Fault[] } {
  const read = readTokens(text);
  if ('fault' in read) return { faults: [read.fault] };
  // Duplicate keys are looked for below, in one pass.
  const composer = new Composer({ strict: true, uniqueKeys: false, merge: false, prettyErrors: false });
  const [document] = composer.compose(read.tokens, true, text.length);
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  if (!document || errors.length > 0) {
    return { faults: errors.map(({ pos, message }) => ({ offset: pos[0], message: firstLine(message) })) };
  }
  const faults: Fault[] = [];
  const value = plain(document.contents, 0, faults);
  return faults.length > 0 ? { faults } : { value, offsetOf: (path) => offsetOf(document, path) };
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

function plain(node: unknown, depth: number, faults: Fault[]): unknown {
  if (depth >= deepest && isCollection(node)) return refuse(node, `nested deeper than ${deepest}`, faults);
  if (isMap(node)) {
    const names = new Map<string, string>();
    return Object.fromEntries(
      node.items.map((pair) => [keyOf(pair, names, faults), plain(pair.value, depth + 1, faults)]),
    );
  }
  if (isSeq(node)) return node.items.map((item) => plain(item, depth + 1, faults));
  if (isScalar(node)) return plainScalar(node, faults);
  return node === null ? null : refuse(node, 'a value is a text, a number, a list or a map', faults);
}

/** Letters of one alphabet only: two keys that look alike are the same key. */
const keyPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** Names that every object of the programs which read policies has from birth. */
const inborn: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** The key of a pair; `names` holds those before it in the same map, by their lower case. */
function keyOf({ key }: Pair, names: Map<string, string>, faults: Fault[]): string {
  const text = isScalar(key) && typeof key.value === 'string' ? key.value : '';
  const before = names.get(text.toLowerCase());
  const message = !keyPattern.test(text)
    ? keyAdvice(key, text)
    : inborn.includes(text)
      ? `no key may be called ${text}`
      : before !== undefined && `the key ${text} stands here twice${before === text ? '' : `, as ${before}`}`;
  if (message) refuse(key, message, faults);
  names.set(text.toLowerCase(), text);
  return text;
}

function keyAdvice(key: unknown, text: string): string {
  if (text === '<<') return 'a merge key (<<): write the keys out';
  return isScalar(key) && typeof key.value === 'number'
    ? 'a number as key: put it in quotes'
    : 'a key is 1 to 64 letters a to z, digits, _ . and -';
}

/** Numbers as everybody reads them: no signs, bases, exponents or zeros that mean something else elsewhere. */
const plainNumber = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/;

/** Texts that readers of YAML 1.1 take for truth values, octal, binary or sexagesimal numbers, or dates (yaml.org/type). */
const ambiguous =
  /^(?:y|n|yes|no|on|off|[-+]?[\d_.]*_[\d_.]*|[-+]?0b[01_]+|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$/i;

function plainScalar(node: Scalar, faults: Fault[]): unknown {
  const { value, source = '', type } = node;
  if (typeof value === 'number') {
    return plainNumber.test(source)
      ? value
      : refuse(node, 'a number has up to 15 digits and 6 decimals; what is no number goes in quotes', faults);
  }
  if (typeof value !== 'string') return value;
  const fault = valueFault(value);
  if (fault) return refuse(node, fault, faults);
  if (type === 'PLAIN' && ambiguous.test(value))
    return refuse(node, 'put it in quotes: some programs read it as something else than a text', faults);
  return value;
}

function refuse(node: unknown, message: string, faults: Fault[]): undefined {
  faults.push({ offset: (isNode(node) && node.range?.[0]) || 0, message });
}

function offsetOf(document: Document, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === part) : undefined;
    const item = isSeq(node) && typeof part === 'number' ? node.items[part] : undefined;
    const next = startOf(pair ? pair.key : item);
    if (next === undefined) return offset;
    offset = next;
    node = pair ? pair.value : item;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
