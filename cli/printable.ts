/**
 * Text from elsewhere as a terminal may see it: control, format and line-separating characters, which could move the
 * cursor or turn the reading direction, become `?`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
