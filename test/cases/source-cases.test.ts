import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../core/cases/json-text.ts';
import { PolicySourceError } from '../../core/policy/source.ts';
import { readCases, readSituation } from '../../core/policy/source-cases.ts';

const text = readFileSync('policies/release-agent.cases.json', 'utf8');

function problemsOf(changed: string): readonly string[] {
  try {
    readCases({ name: 'a.cases.json', text: changed });
  } catch (error) {
    if (error instanceof PolicySourceError) return error.problems;
    throw error;
  }
  return [];
}

function replaced(from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

describe('a file of cases', () => {
  it('is read as it is written', () => {
    expect(problemsOf(text)).toEqual([]);
  });

  it.each([
    ['a key that nobody knows', '"capabilities"', '"capabilites"', 'unknown key; did you mean capabilities?'],
    ['an expectation that nobody knows', '"outcome"', '"outcom"', 'unknown key; did you mean outcome?'],
    ['a time without a zone', '10:00:00+01:00', '10:00:00', 'a time with its zone'],
    ['a time that there is not', '2026-11-24T10', '2026-13-24T10', 'no such time'],
    ['a policy elsewhere', '"release-agent.yaml"', '"../release-agent.yaml"', 'in the same folder'],
    ['a name with a control character', 'an image of web', '\\u001b[31m', 'printable ASCII'],
    [
      'two cases of one name',
      'docs are as harmless',
      'an image of web is pushed',
      'two cases have this name',
    ],
    ['an outcome that there is not', '"allow"', '"allowed"', 'is needed; did you mean allow?'],
    ['a key twice', '"base": {', '"base": {}, "base": {', 'the key base stands here twice'],
    ['what is no JSON', '"base": {', '"base": {,', 'not JSON'],
  ])('is refused, with its place: %s', (_, from, to, words) => {
    const problems = problemsOf(replaced(from, to));
    expect(problems.join('\n')).toContain(words);
    expect(problems[0]).toMatch(/^a\.cases\.json:(\d+:\d+| not JSON)/);
  });

  it('names line and column of what is wrong', () => {
    const lines = text.split('\n');
    const line = lines.findIndex((each) => each.includes('"estimated_seconds"'));
    const column = (lines[line]?.indexOf('"estimated_seconds"') ?? 0) + 1;
    const [problem] = problemsOf(replaced('"estimated_seconds": 600', '"estimated_seconds": 0'));
    expect(problem).toContain(`a.cases.json:${line + 1}:${column}: cases.`);
  });

  it('is not larger than anybody reads', () => {
    expect(problemsOf(`${' '.repeat(500_000)}${text}`).join()).toContain('larger than');
  });

  it('reads one situation by the same rules', () => {
    expect(readSituation({ name: 'task.json', text: '{"depth": 2}' })).toEqual({ depth: 2 });
    expect(() => readSituation({ name: 'task.json', text: '{"dept": 2}' })).toThrow('did you mean depth?');
  });
});

describe('positions in JSON', () => {
  const json = readJson('{\n  "a": [1, {"b": "x\\"}]"}],\n  "c": {"a": 2}\n}');

  it.each([
    [['a'], '2:3'],
    [['a', 0], '2:9'],
    [['a', 1], '2:12'],
    [['a', 1, 'b'], '2:13'],
    [['c', 'a'], '3:9'],
    [['a', 7, 'x'], '2:3'],
    [[], '1:1'],
  ])('%j is at %s', (path, position) => {
    expect(json.positionOf(path)).toBe(position);
  });

  it('tell a key that stands in one object twice from one that stands in two', () => {
    expect(json.twice).toEqual([]);
    expect(readJson('{"a": {"x": 1, "x": 2}}').twice).toEqual(['1:16: the key x stands here twice']);
  });
});
