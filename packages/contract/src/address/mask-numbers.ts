/** Digits of a number of which the first two and the last four may stay; of a shorter one that would nearly be all. */
const LONG = 10;

/** Hides most of each number in a text, for logs: `+441632960001` becomes `+44*****0001`, and `9600001` becomes `*****01`. */
export function maskNumbers(text: string): string {
  return text.replaceAll(/\+?\d{7,}/g, (number) => {
    const plus = number.startsWith('+') ? 1 : 0;
    if (number.length - plus < LONG) return `*****${number.slice(-2)}`;
    return `${number.slice(0, 2 + plus)}*****${number.slice(-4)}`;
  });
}
