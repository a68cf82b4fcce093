import type { InvokePermission } from '../template/model.ts';

/** Whether a function's resource policy lets a service invoke it for this source. */
export function mayInvoke(
  permissions: readonly InvokePermission[],
  functionArn: string,
  principal: string,
  source: string,
): boolean {
  return permissions.some(
    (each) =>
      each.functionArn === functionArn &&
      each.principal === principal &&
      (each.sourceArn === undefined || arnMatches(each.sourceArn, source)),
  );
}

function arnMatches(pattern: string, arn: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(arn);
}
