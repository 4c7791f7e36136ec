/** What is for using the board, and not for reading. */
const LEFT_OUT = 'button, audio, [data-no-export]';

/** Saves what is shown of a call as one HTML file, which needs nothing else: for a ticket, or an e-mail. */
export function exportCall(element: HTMLElement, id: string): void {
  const shown = element.cloneNode(true) as HTMLElement;
  for (const left of shown.querySelectorAll(LEFT_OUT)) left.remove();
  for (const link of shown.querySelectorAll('a:not([href^="#"])')) link.replaceWith(...link.childNodes);
  for (const details of shown.querySelectorAll('details')) details.open = true;
  const styles = [...document.styleSheets].flatMap((sheet) =>
    [...sheet.cssRules].map((rule) => rule.cssText),
  );
  const title = document.createElement('title');
  title.textContent = `Call ${id}`;
  const head = `<meta charset="utf-8">${title.outerHTML}<style>${styles.join('\n')}</style>`;
  const html = `<!doctype html>\n<html lang="en"><head>${head}</head><body><main>${shown.outerHTML}</main></body></html>\n`;
  save(html, `call-${id.replaceAll(/[^\w.-]/g, '_')}.html`);
}

function save(html: string, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
