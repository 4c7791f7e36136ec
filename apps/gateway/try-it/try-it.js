// Opens the API's description with a key, and tries its operations with the same key. The key stays in this page's memory.
const form = /** @type {HTMLFormElement} */ (document.querySelector('#key-form'));
const input = /** @type {HTMLInputElement} */ (document.querySelector('#key'));
const problem = /** @type {HTMLElement} */ (document.querySelector('#problem'));
const page = /** @type {HTMLElement & RapiDoc} */ (document.querySelector('rapi-doc'));

/**
 * @typedef {object} RapiDoc what is used of the element
 * @property {(description: unknown) => Promise<void>} loadSpec
 * @property {(scheme: string, key: string) => boolean} setApiKey
 */

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.textContent = '';
  const key = input.value.trim();
  try {
    const response = await fetch('/v1/openapi.json', { headers: { authorization: `Bearer ${key}` } });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    await customElements.whenDefined('rapi-doc');
    page.addEventListener('spec-loaded', () => page.setApiKey('bearer', key), { once: true });
    const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    page.setAttribute('theme', theme);
    page.hidden = false;
    form.hidden = true;
    await page.loadSpec(answer);
  } catch (error) {
    problem.textContent = /** @type {Error} */ (error).message;
  }
});
