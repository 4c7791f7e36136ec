// The page of `lsd:eval --plot`. Canvases are drawn when they come into view, and audio is loaded when it is played.
const { types, score, recordings } = JSON.parse(document.getElementById('data').textContent);
const TONES = ['beep', 'ringback', 'busy', 'congestion', 'sit', 'cng', 'ced', 'v21', 'tone', 'fax'];
const HEIGHT = 116;
const BAND = 9;
const AXIS = 18;

const list = document.getElementById('recordings');
const filters = document.getElementById('filters');

function element(name, properties = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  created.append(...children);
  return created;
}

const percent = (share) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);
const milliseconds = (value) => (value === undefined || value === null ? '–' : `${Math.round(value)} ms`);

// Summary

function showSummary() {
  document.getElementById('summary').hidden = false;
  const figures = [
    ['recordings', score.recordings],
    ['accuracy', percent(score.accuracy)],
    ['live called machine', percent(score.liveCalledMachine)],
    ['machine called live', percent(score.machineCalledLive)],
    ['LIVE after the greeting, median', milliseconds(score.liveAfterGreetingMs?.median)],
    ['LIVE after the answer, median', milliseconds(score.decidedAfterMs.LIVE?.median)],
  ];
  document
    .getElementById('figures')
    .append(
      ...figures.map(([name, value]) =>
        element('div', { className: 'figure' }, element('b', {}, String(value)), element('span', {}, name)),
      ),
    );
  showConfusion();
  showKinds();
}

function showConfusion() {
  const head = element(
    'tr',
    {},
    element('th', {}, 'label \\ verdict'),
    ...types.map((type) => element('th', {}, type)),
  );
  const rows = types.map((label) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      ...types.map((verdict) => {
        const count = score.confusion[label][verdict];
        const button = element('button', { type: 'button', title: 'show these recordings' }, String(count));
        button.addEventListener('click', () => setFilters({ label, verdict }));
        const className = label === verdict ? 'diagonal' : count > 0 ? 'error' : '';
        return element('td', { className }, button);
      }),
    ),
  );
  const caption = element('caption', {}, 'Labels and verdicts (click a number to filter)');
  document.getElementById('confusion').append(caption, head, ...rows);
}

function showKinds() {
  const buttons = Object.entries(score.kinds).map(([kind, { recordings: count, right }]) => {
    const className = right < count ? 'error' : '';
    const button = element('button', { type: 'button', className, title: 'show these recordings' });
    button.append(element('span', {}, kind), element('b', {}, `${right} of ${count}`));
    button.addEventListener('click', () => setFilters({ kind }));
    return button;
  });
  document.getElementById('kinds').append(...buttons);
}

// Filters

function fillFilters() {
  const options = {
    label: [...new Set(recordings.map(({ label }) => label ?? 'none'))],
    verdict: [...new Set(recordings.map(({ verdict }) => verdict.farEndType))],
    kind: [...new Set(recordings.map(({ kind }) => kind))].filter((kind) => kind !== ''),
  };
  for (const [name, values] of Object.entries(options))
    filters.elements[name].append(
      ...values
        .sort()
        .map((value) => element('option', { value }, name === 'label' ? `label ${value}` : value)),
    );
}

function setFilters(values) {
  filters.reset();
  for (const [name, value] of Object.entries(values)) filters.elements[name].value = value;
  show();
  filters.scrollIntoView();
}

function isShown(recording, { text, label, verdict, kind, result }) {
  const { file, isRight, revised } = recording;
  const words = `${file} ${recording.verdict.evidence}`.toLowerCase();
  if (!words.includes(text.toLowerCase())) return false;
  if (label !== '' && (recording.label ?? 'none') !== label) return false;
  if (verdict !== '' && recording.verdict.farEndType !== verdict) return false;
  if (kind !== '' && recording.kind !== kind) return false;
  if (result === 'revised') return revised !== null;
  return result === '' || (result === 'right' ? isRight === true : isRight === false);
}

const ORDERS = {
  wrong: (a, b) => Number(a.isRight !== false) - Number(b.isRight !== false) || a.file.localeCompare(b.file),
  file: (a, b) => a.file.localeCompare(b.file),
  late: (a, b) => b.verdict.atMs - a.verdict.atMs,
  doubtful: (a, b) => a.verdict.confidence - b.verdict.confidence,
};

function show() {
  const wanted = Object.fromEntries(new FormData(filters));
  const shown = recordings.filter((recording) => isShown(recording, wanted)).sort(ORDERS[wanted.order]);
  list.replaceChildren(...shown.map((recording) => articleOf(recording)));
  document.getElementById('count').value = `${shown.length} of ${recordings.length} recordings`;
}

// Recordings

const articles = new Map();

function articleOf(recording) {
  let article = articles.get(recording);
  if (article === undefined) {
    article = createArticle(recording);
    articles.set(recording, article);
  }
  return article;
}

function createArticle(recording) {
  const { file, audio: source, kind, label, isRight, verdict, revised, snrDb } = recording;
  const canvas = element('canvas', { title: 'click to play from here' });
  const audio = element('audio', { controls: true, preload: 'none', src: source });
  const details = [
    `after ${verdict.atMs} ms, confidence ${verdict.confidence}: ${verdict.evidence}`,
    ...(revised === null ? [] : [`revised after ${revised.atMs} ms: ${revised.farEndType}`]),
    ...(snrDb === null ? [] : [`signal to noise ${snrDb} dB`]),
  ];
  const heading = element(
    'h2',
    {},
    file,
    element('span', { className: 'says' }, `${verdict.farEndType} (${verdict.kind})`),
    element('span', { className: 'note' }, label === null ? 'no label' : `label ${label}, ${kind}`),
  );
  const className = isRight === null ? '' : isRight ? 'right' : 'wrong';
  const note = element('p', { className: 'note' }, details.join('; '));
  const article = element('article', { className }, heading, note, canvas, audio);
  canvas.addEventListener('click', (event) => {
    audio.currentTime = ((event.offsetX / canvas.clientWidth) * recording.lengthMs) / 1000;
    audio.play();
  });
  audio.addEventListener('play', () => follow(canvas, audio, recording));
  audio.addEventListener('seeked', () => draw(canvas, recording, audio.currentTime * 1000));
  visible.observe(canvas);
  drawings.set(canvas, () => draw(canvas, recording, audio.currentTime * 1000));
  return article;
}

const drawings = new WeakMap();
const inView = new Set();
const visible = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        inView.add(target);
        drawings.get(target)();
      } else {
        inView.delete(target);
        // Frees its bitmap.
        target.width = 0;
      }
    }
  },
  { rootMargin: '300px' },
);

function follow(canvas, audio, recording) {
  draw(canvas, recording, audio.currentTime * 1000);
  if (!audio.paused) requestAnimationFrame(() => follow(canvas, audio, recording));
}

/** The colours of the current theme. A canvas does not understand variables, so an element resolves them. */
const resolved = new Map();
const probe = document.getElementById('count');
function colour(name) {
  if (!resolved.has(name)) {
    probe.style.color = `var(--${name})`;
    resolved.set(name, getComputedStyle(probe).color);
    probe.style.color = '';
  }
  return resolved.get(name);
}

function draw(canvas, recording, playedMs) {
  const width = canvas.clientWidth;
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  const paint = { context, x: (ms) => (ms / recording.lengthMs) * width, width };
  drawAxis(paint, recording.lengthMs);
  drawWave(paint, recording.envelope);
  drawBands(paint, recording.labels, 0);
  drawBands(paint, recording.detected, HEIGHT - AXIS - BAND);
  drawLine(paint, recording.verdict.atMs, 'wrong');
  if (recording.revised !== null) drawLine(paint, recording.revised.atMs, 'right');
  if (playedMs > 0) drawLine(paint, playedMs, 'text');
}

function drawAxis({ context, x, width }, lengthMs) {
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'center';
  for (let ms = 0; ms <= lengthMs; ms += 500) {
    const isSecond = ms % 1000 === 0;
    context.fillStyle = colour('line');
    context.fillRect(x(ms), isSecond ? BAND : HEIGHT - AXIS - 4, 1, isSecond ? HEIGHT - AXIS - BAND : 4);
    if (!isSecond || x(ms) > width - 12) continue;
    context.fillStyle = colour('muted');
    context.fillText(`${ms / 1000} s`, Math.max(10, x(ms)), HEIGHT - 4);
  }
}

function drawWave({ context, width }, envelope) {
  const levels = Uint8Array.from(atob(envelope), (character) => character.charCodeAt(0));
  const middle = (HEIGHT - AXIS) / 2;
  const most = middle - BAND - 4;
  context.fillStyle = colour('wave');
  const step = width / levels.length;
  levels.forEach((level, n) => {
    const half = Math.max(0.5, (level / 255) * most);
    context.fillRect(n * step, middle - half, Math.max(1, step - 0.4), 2 * half);
  });
}

function drawBands({ context, x }, bands, y) {
  for (const { type, startMs, endMs } of bands) {
    const name =
      type === 'speech' || type === 'music'
        ? type
        : TONES.some((tone) => type.startsWith(tone))
          ? 'tone'
          : 'other';
    context.fillStyle = colour(name);
    context.fillRect(x(startMs), y, Math.max(2, x(endMs) - x(startMs)), BAND);
  }
}

function drawLine({ context, x }, ms, name) {
  context.fillStyle = colour(name);
  context.fillRect(x(ms) - 1, 0, 2, HEIGHT - AXIS);
}

function redraw() {
  resolved.clear();
  for (const canvas of inView) drawings.get(canvas)();
}

// Only one recording is played at a time.
document.addEventListener(
  'play',
  ({ target }) => {
    for (const audio of list.querySelectorAll('audio')) if (audio !== target) audio.pause();
  },
  true,
);
document.getElementById('theme').addEventListener('click', () => {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme
    ? dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  dataset.theme = isDark ? 'light' : 'dark';
  redraw();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('resize', redraw);
filters.addEventListener('input', show);
filters.addEventListener('submit', (event) => event.preventDefault());
// The fields have their initial values only after the event.
filters.addEventListener('reset', () => setTimeout(show));

if (score !== null) showSummary();
fillFilters();
show();
