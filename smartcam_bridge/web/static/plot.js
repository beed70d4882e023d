/** Plots as SVG that are read by eye, by keyboard and as a table. */
import { h, setText, svg } from './dom.js';

/** Units of the drawing, about the pixels that it gets, so that its texts are as large as others. */
const WIDTHS = { phone: 340, half: 720, broad: 1320 };
const MARGIN = { left: 44, right: 8, top: 10, bottom: 26 };
const LABEL_PX = 64;     // that a label of the time axis needs
const COLOURS = 6;       // --plot-1 … in plots.css

/**
 * One line of numbers.
 * @typedef {{name: string, values: (number|null)[], colour?: number, look?: 'bar'|'line'|'dashed'|'ghost',
 *   down?: boolean}} Series
 *   look: bars are stacked; a ghost is a line for comparison; down: drawn below the axis
 */

/**
 * Find round steps of an axis.
 * @param {number} top the highest value
 * @returns {number[]} from 0 to at least `top`
 */
export function ticksTo(top, wanted = 4) {
  if (!(top > 0)) return [0, 1];
  const rough = top / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const n = Math.ceil(top / step - 1e-9);
  return Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Say a number briefly: `1,234`, `12.5`, `3.4 M`. */
export function brief(value) {
  if (value === null || value === undefined) return '–';
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 });
}

/**
 * Make a plot over columns: bars, lines, or both.
 * @param {{title: string, columns: string[], names?: string[], series: Series[], unit: string,
 *   height?: number, broad?: boolean, mark?: {at: number, text: string}, words: string}} what
 *   columns: the labels of the axis; names: what they are called at length; mark: a line across,
 *   at a column or between two; words: the plot in one sentence
 * @returns {HTMLElement}
 */
export function plot({
  title, columns, names = columns, series, unit, height = 220, broad = false, mark = null, words,
}) {
  const width = widthOf(broad);
  const area = {
    x: MARGIN.left, y: MARGIN.top, width: width - MARGIN.left - MARGIN.right,
    height: height - MARGIN.top - MARGIN.bottom, step: 0, at: null,
  };
  area.step = area.width / Math.max(1, columns.length);
  const [up, down] = extents(series, columns.length);
  const ups = ticksTo(up);
  const downs = down > 0 ? ticksTo(Math.max(down, ups[1])) : [0];
  const range = ups.at(-1) + downs.at(-1);
  area.at = (value) => area.y + area.height * (1 - (value + downs.at(-1)) / range);
  const marks = [...new Set([...ups, ...downs.map((n) => -n)])];
  const focus = svg('rect', { class: 'plot-focus', y: area.y, height: area.height,
    width: area.step, visibility: 'hidden' });
  const drawing = svg('svg', { class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': `${title}. ${words}` },
  ...marks.map((value) => gridLine(area, value)), focus,
  ...timeLabels(columns, area, height), ...bars(series, area), ...lines(series, area),
  svg('line', { class: 'plot-axis', x1: area.x, x2: area.x + area.width, y1: area.at(0),
    y2: area.at(0) }), ...(mark ? markLine(mark, area) : []));
  const readout = h('p', { class: 'plot-readout', role: 'status' });
  const frame = h('div', { class: 'plot-frame', tabindex: '0', role: 'group',
    'aria-label': `${title}: values by arrow keys` }, drawing);
  readable(frame, columns.length, {
    column: (x) => Math.floor((x * width - area.x) / area.step),
    show: (i) => {
      focus.setAttribute('visibility', i === null ? 'hidden' : 'visible');
      if (i === null) { setText(readout, words); return; }
      focus.setAttribute('x', area.x + i * area.step);
      setText(readout, `${names[i]}: ${series.map((one) => (
        `${one.name ? `${one.name} ` : ''}${brief(one.values[i])}`)).join(', ')} ${unit}`);
    },
  });
  setText(readout, words);
  return figure(title, frame, readout, legend(series), tableOf(title, names, series));
}

/**
 * Make a grid of weekdays and hours.
 * @param {{title: string, rows: string[], columns: string[], cells: (number|null)[][],
 *   unit: string, words: string}} what
 */
export function grid({ title, rows, columns, cells, unit, words }) {
  const width = widthOf(false);
  const side = (width - MARGIN.left) / columns.length;
  const tall = width === WIDTHS.phone ? 24 : 36;
  const height = rows.length * tall + MARGIN.bottom;
  const top = Math.max(0, ...cells.flat().map((value) => value ?? 0)) || 1;
  const focus = svg('rect', { class: 'grid-focus', width: side, height: tall,
    visibility: 'hidden' });
  const drawing = svg('svg', { class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': `${title}. ${words}` },
  ...rows.map((name, r) => svg('text', { class: 'plot-text', x: MARGIN.left - 8,
    y: r * tall + tall / 2 + 4, 'text-anchor': 'end' }, name)),
  ...cells.flatMap((row, r) => row.map((value, c) => svg('rect', {
    class: 'grid-cell', x: MARGIN.left + c * side + 1, y: r * tall + 1, width: side - 2,
    height: tall - 2, rx: 2, 'fill-opacity': value ? 0.08 + 0.92 * (value / top) : 0 }))),
  ...columns.map((name, c) => (c % 3 === 0 ? svg('text', { class: 'plot-text',
    x: MARGIN.left + c * side + side / 2, y: height - 8, 'text-anchor': 'middle' }, name) : null)),
  focus);
  const readout = h('p', { class: 'plot-readout', role: 'status' }, words);
  const frame = h('div', { class: 'plot-frame', tabindex: '0', role: 'group',
    'aria-label': `${title}: values by arrow keys` }, drawing);
  readable(frame, columns.length, {
    rows: rows.length,
    column: (x) => Math.floor((x * width - MARGIN.left) / side),
    row: (y) => Math.floor((y * height) / tall),
    show: (c, r) => {
      focus.setAttribute('visibility', c === null ? 'hidden' : 'visible');
      if (c === null) { setText(readout, words); return; }
      focus.setAttribute('x', MARGIN.left + c * side);
      focus.setAttribute('y', r * tall);
      setText(readout, `${rows[r]} ${columns[c]}: ${brief(cells[r][c])} ${unit}`);
    },
  });
  const series = rows.map((name, r) => ({ name, values: cells[r] }));
  return figure(title, frame, readout, null, tableOf(title, columns, series));
}

const widthOf = (broad) => (window.matchMedia('(max-width: 640px)').matches ? WIDTHS.phone
  : WIDTHS[broad ? 'broad' : 'half']);

/** Let a pointer or the arrow keys choose a column (and a row). */
function readable(frame, columns, { rows = 1, column, row = () => 0, show }) {
  const chosen = { c: null, r: 0 };
  const choose = (c, r) => {
    chosen.c = c === null ? null : Math.max(0, Math.min(columns - 1, c));
    chosen.r = Math.max(0, Math.min(rows - 1, r));
    if (columns) show(chosen.c, chosen.r);
  };
  frame.addEventListener('pointermove', (event) => {
    const { left, top, width, height } = frame.firstChild.getBoundingClientRect();
    choose(column((event.clientX - left) / width), row((event.clientY - top) / height));
  });
  frame.addEventListener('pointerleave', () => choose(null, 0));
  frame.addEventListener('blur', () => choose(null, 0));
  frame.addEventListener('keydown', (event) => {
    const { c, r } = chosen;
    const to = {
      ArrowRight: [c === null ? 0 : c + 1, r], ArrowLeft: [c === null ? columns - 1 : c - 1, r],
      ArrowDown: rows > 1 && [c ?? 0, r + 1], ArrowUp: rows > 1 && [c ?? 0, r - 1],
      Home: [0, r], End: [columns - 1, r], Escape: c !== null && [null, 0],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    choose(...to);
  });
}

function figure(title, frame, readout, key, table) {
  return h('figure', { class: 'plot-figure' }, h('figcaption', {}, h('h2', {}, title)), key, frame,
    readout, table);
}

function legend(series) {
  const named = series.filter(({ name }) => name);
  if (named.length < 2) return null;
  return h('ul', { class: 'legend' }, ...named.map((one) => h('li', {
    'data-look': one.look || 'bar', 'data-colour': String(colourOf(one)) }, one.name)));
}

function tableOf(title, names, series) {
  const caption = h('caption', { class: 'unseen' }, title);
  const details = h('details', { class: 'plot-table' }, h('summary', {}, 'As a table'));
  details.addEventListener('toggle', () => {
    if (!details.open || details.children.length > 1) return; // made when it is asked for
    details.append(h('div', { class: 'scroll' }, h('table', {}, caption,
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, ''),
        ...series.map(({ name }) => h('th', { scope: 'col' }, name || 'all')))),
      h('tbody', {}, ...names.map((name, i) => h('tr', {}, h('th', { scope: 'row' }, name),
        ...series.map(({ values }) => h('td', {}, brief(values[i])))))))));
  });
  return details;
}

const colourOf = ({ colour = 1 }) => ((colour - 1) % COLOURS) + 1;

function extents(series, length) {
  const tops = { up: 0, down: 0 };
  for (let i = 0; i < length; i += 1) {
    const stack = { up: 0, down: 0 };
    for (const { values, look = 'bar', down } of series) {
      const side = down ? 'down' : 'up';
      if (look === 'bar') stack[side] += values[i] || 0;
      else tops[side] = Math.max(tops[side], values[i] || 0);
    }
    tops.up = Math.max(tops.up, stack.up);
    tops.down = Math.max(tops.down, stack.down);
  }
  return [tops.up, tops.down];
}

function bars(series, area) {
  const gap = Math.min(3, area.step * 0.15);
  const bases = { up: [], down: [] };
  return series.filter(({ look = 'bar' }) => look === 'bar').flatMap((one) => (
    one.values.map((value, i) => {
      if (!value) return null;
      const base = bases[one.down ? 'down' : 'up'];
      const [from, to] = [base[i] || 0, (base[i] || 0) + value];
      base[i] = to;
      const sign = one.down ? -1 : 1;
      const [y1, y2] = [area.at(sign * from), area.at(sign * to)].sort((a, b) => a - b);
      return svg('rect', { class: 'plot-bar', 'data-colour': colourOf(one), y: y1,
        x: (area.x + i * area.step + gap / 2).toFixed(2), height: Math.max(0.8, y2 - y1),
        width: Math.max(0.8, area.step - gap).toFixed(2) });
    })));
}

function lines(series, area) {
  return series.filter(({ look = 'bar' }) => look !== 'bar').flatMap((one) => (
    runs(one.values).map((run) => svg('polyline', {
      class: `plot-line ${one.look}`, 'data-colour': colourOf(one),
      points: run.map(([i, value]) => `${(area.x + (i + 0.5) * area.step).toFixed(1)},${
        area.at(one.down ? -value : value).toFixed(1)}`).join(' ') }))));
}

/** Unbroken parts of a line: what is not known leaves a gap. */
function runs(values) {
  const parts = [[]];
  values.forEach((value, i) => {
    if (value === null || value === undefined) parts.push([]);
    else parts.at(-1).push([i, value]);
  });
  return parts.filter(({ length }) => length);
}

function gridLine(area, value) {
  const y = area.at(value);
  return svg('g', {}, svg('line', { class: 'plot-grid', x1: area.x, x2: area.x + area.width,
    y1: y, y2: y }), svg('text', { class: 'plot-text', x: area.x - 6, y: y + 4,
    'text-anchor': 'end' }, brief(Math.abs(value))));
}

function markLine({ at, text }, area) {
  const x = area.x + (at + 0.5) * area.step;
  const left = x > area.x + area.width * 0.75; // else the text would be cut off
  return [svg('line', { class: 'plot-mark', x1: x, x2: x, y1: area.y, y2: area.y + area.height }),
    svg('text', { class: 'plot-text marked', x: x + (left ? -6 : 6), y: area.y + 11,
      'text-anchor': left ? 'end' : 'start' }, text)];
}

function timeLabels(columns, area, height) {
  const every = Math.max(1, Math.ceil((columns.length * LABEL_PX) / area.width));
  return columns.map((name, i) => (i % every === 0 ? svg('text', { class: 'plot-text',
    x: area.x + (i + 0.5) * area.step, y: height - 8, 'text-anchor': 'middle' }, name) : null));
}
