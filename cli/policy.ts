import { nearest } from '../core/nearest.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';

/** The parts of the command, each loaded when it is called. */
const parts: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  lint: () => import('./policy-lint.ts'),
  explain: () => import('./policy-explain.ts'),
  test: () => import('./policy-test.ts'),
  diff: () => import('./policy-diff.ts'),
};

const names = Object.keys(parts);

const help = `Checks, explains, tests and compares context policies. Nothing is asked of AWS or of a broker.

  ${called} policy lint policies
  ${called} policy explain policies/invoice-processor.yaml --case "420 EUR is approved automatically"
  ${called} policy test policies
  ${called} policy diff ../main/policies policies --fail-on-widening

  lint      what is wrong with policies, what is risky, and how much room their session policies take
  explain   what would be decided on a task, and what would change it
  test      run the *.cases.json beside policies
  diff      what a change widens and narrows, and which cases it decides differently

${called} policy <part> --help says more.`;

/** `mayfly policy`. */
export const command: Command = {
  help,
  async helpFor(args) {
    const [name = ''] = args;
    return Object.hasOwn(parts, name) ? (await partCalled(name)).help : help;
  },
  async run([name, ...args], world) {
    if (name === undefined) throw new UsageError(`what of policies? One of ${names.join(', ')}`);
    return (await partCalled(name)).run(args, world);
  },
};

async function partCalled(name: string): Promise<Command> {
  const load = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (load) return (await load()).command;
  const meant = nearest(name, names);
  throw new UsageError(
    `policy does no ${name}: one of ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`,
  );
}
