const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Whole seconds as people read them: `2 min 24 s`, `1 h`, `0 s`. */
export function durationText(seconds: number): string {
  let left = seconds;
  const parts = units.flatMap(([name, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count > 0 ? [`${count} ${name}`] : [];
  });
  return parts.length > 0 ? parts.join(' ') : '0 s';
}
