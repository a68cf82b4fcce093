/** What failed, for a log: name and message only, as an SDK's error carries the whole response. */
export function causeOf(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } =
    error instanceof Error ? error : { name: 'unknown', message: 'not an Error was thrown' };
  return { name, message };
}
