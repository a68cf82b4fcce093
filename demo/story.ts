import { styleText } from 'node:util';

/** Tells the demonstration to a person and counts what was observed. */
export type Story = {
  chapter(title: string): void;
  say(line: string): void;
  /** One claim: shown as observed or not, with what was seen. */
  claim(observed: boolean, words: string, seen?: string): void;
  /** Whether every claim was observed; prints the summary. At least one must have been made. */
  end(): boolean;
};

/** A story on standard output: colour on a terminal, plain when piped. */
export function createStory(): Story {
  const started = performance.now();
  const count = { observed: 0, made: 0 };
  return {
    chapter: (title) => console.log(`\n${styleText('bold', title)}`),
    say: (line) => console.log(`  ${line}`),
    claim(observed, words, seen) {
      count.made++;
      if (observed) count.observed++;
      const mark = observed ? styleText('green', '✓') : styleText('red', '✗ NOT OBSERVED:');
      console.log(`  ${mark} ${words}`);
      if (seen) console.log(styleText('dim', `      ${seen}`));
    },
    end() {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const all = count.made > 0 && count.observed === count.made;
      const line = `${count.observed} of ${count.made} claims observed in ${seconds} s`;
      console.log(`\n${styleText(all ? 'green' : 'red', line)}`);
      return all;
    },
  };
}
