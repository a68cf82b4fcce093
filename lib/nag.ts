import { type App, type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { acknowledgements } from './acknowledgements.ts';

const wildcards = 'AwsSolutions-IAM5[';

/**
 * Has cdk-nag's AwsSolutions checks run with the synth, which fails on what is not acknowledged. They run once
 * before, too: an acknowledgement that silences nothing is refused, as it would silence something one day.
 */
export function addNag(app: App, stack: Stack): void {
  const pack = new AwsSolutionsChecks(app);
  const findings = pack
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({ rule: ruleName, path: constructPath })),
    );
  for (const { where, id, reason } of acknowledgements) {
    const node = at(stack, where);
    if (!findings.some(({ rule, path }) => rule === id && `${path}/`.startsWith(`${node.node.path}/`)))
      throw new Error(`lib/acknowledgements.ts: ${where} has nothing that ${id} finds; remove it`);
    Validations.of(node).acknowledge({ id, reason });
  }
  for (const { rule: id, path } of findings.filter(({ rule }) => rule.startsWith(wildcards)))
    Validations.of(at(app, path)).acknowledge({ id, reason: checkedElsewhere });
  Validations.of(app).addPlugins(pack);
}

/** IAM5 finds wildcards in Allows, in fewer places than our own check, which runs with every synth. */
const checkedElsewhere = 'lib/statement-check.ts refuses wildcards outside lib/exceptions.ts, with reasons.';

function at(scope: IConstruct, path: string): IConstruct {
  return path.split('/').reduce((node: IConstruct, id) => node.node.findChild(id), scope);
}
