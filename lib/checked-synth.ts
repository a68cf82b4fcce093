import type { App } from 'aws-cdk-lib';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { policySizeProblems } from './policy-sizes.ts';
import { type Rules, statementProblems } from './statement-check.ts';
import type { NamedTemplate } from './statements.ts';

/**
 * Synthesizes an app and answers what its templates may not hold, in words; nothing when they are sound. A check
 * of its own after the synth, not a validation plugin: plugins can be told to acknowledge or to ignore.
 */
export function checkedSynth(app: App, rules: Rules): string[] {
  return app.synth().stacksRecursively.flatMap((stack) => {
    const template = namedTemplate(stack);
    return [...statementProblems(template, rules), ...policySizeProblems(template)];
  });
}

/** The template of a stack with the construct paths that the assembly notes for its logical ids. */
export function namedTemplate(stack: CloudFormationStackArtifact): NamedTemplate {
  const names = new Map(
    stack
      .findMetadataByType('aws:cdk:logicalId')
      .map(({ path, data }) => [String(data), path.replace(/^\/[^/]+\//, '').replace(/\/Resource$/, '')]),
  );
  return { template: stack.template, nameOf: (logicalId) => names.get(logicalId) };
}
