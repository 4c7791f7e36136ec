/** Hides most of each number in a text, for logs: `+441632960001` becomes `+44*****0001`. */
export function maskNumbers(text: string): string {
  return text.replaceAll(/\+?\d{7,}/g, (number) => {
    const head = number.startsWith('+') ? 3 : 2;
    return `${number.slice(0, head)}*****${number.slice(-4)}`;
  });
}
