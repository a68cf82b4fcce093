import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** A name server on this machine that remembers what it was asked. */
export type NameServer = {
  readonly address: string;
  /** `A keys.example` and the like, in the order they came. */
  readonly questions: string[];
  close(): void;
};

const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };

/** Starts one; `answer` is given a name and `A` or `AAAA`, and says addresses, or nothing to keep silent. */
export async function nameServer(
  answer: (name: string, type: string) => readonly string[] | undefined,
): Promise<NameServer> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = questionIn(query);
    questions.push(`${type} ${name}`);
    const found = answer(name, type);
    if (found) socket.send(reply(query.subarray(0, end), found), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${socket.address().port}`, questions, close: () => void socket.close() };
}

/** The one question of a query (RFC 1035 section 4.1.2), and where it ends. */
function questionIn(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: types[query.readUInt16BE(at + 1)] ?? 'other', end: at + 5 };
}

/** The question again, and the addresses behind it, each by reference to its name. */
function reply(question: Buffer, addresses: readonly string[]): Buffer {
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(addresses.length, 6);
  header.fill(0, 8);
  return Buffer.concat([header, question.subarray(12), ...addresses.map(record)]);
}

function record(address: string): Buffer {
  const four = isIPv4(address);
  const data = four ? Buffer.from(address.split('.').map(Number)) : Buffer.from(sixteen(address), 'hex');
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(four ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function sixteen(address: string): string {
  const [before = [], behind = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const middle = Array.from({ length: 8 - before.length - behind.length }, () => '0');
  return [...before, ...middle, ...behind].map((group) => group.padStart(4, '0')).join('');
}
