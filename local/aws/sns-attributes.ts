import { AwsFault } from '../fault.ts';
import { invalidParameter } from './sns-fault.ts';

const names = /^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/;
const numbers = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A message attribute: its name, and its value as text. */
type Attribute = { readonly name: string; readonly type: string; readonly value: string };

/**
 * The message attributes of a Publish request (SNS developer guide, message attributes). Text and numbers are
 * emulated; throws for other types, for names and values that attributes cannot have, and for a name twice.
 */
export function messageAttributes(form: URLSearchParams): readonly Attribute[] {
  const found = [...form.keys()].flatMap((key) => /^MessageAttributes\.entry\.(\d+)\./.exec(key)?.[1] ?? []);
  const attributes = [...new Set(found)].map((number) => attribute(form, number));
  const twice = attributes.find(({ name }, i) => attributes.findIndex((other) => other.name === name) !== i);
  if (twice) throw invalidParameter(`MessageAttributes Reason: the name ${twice.name} is given twice`);
  return attributes;
}

/** Bytes that attributes take from a message's size: names, types and values. */
export function attributeBytes(attributes: readonly Attribute[]): number {
  return attributes
    .flatMap(({ name, type, value }) => [name, type, value])
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function attribute(form: URLSearchParams, number: string): Attribute {
  const field = (name: string) => form.get(`MessageAttributes.entry.${number}.${name}`) ?? '';
  const [name, type, value] = [field('Name'), field('Value.DataType'), field('Value.StringValue')];
  if (!names.test(name))
    throw invalidValue(`${name} is no name of a message attribute: 1 to 256 of [A-Za-z0-9_.-]`);
  if (type !== 'String' && type !== 'Number')
    throw invalidValue(`The type ${type} of the message attribute '${name}' is not emulated.`);
  if (value === '')
    throw invalidValue(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  if (type === 'Number' && !numbers.test(value))
    throw invalidValue(`Could not cast message attribute '${name}' value to number.`);
  return { name, type, value };
}

function invalidValue(message: string): AwsFault {
  return new AwsFault('ParameterValueInvalid', message);
}
