/** Build elements. Data only ever becomes text or attribute values here, never markup. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Make an HTML element. `onX` functions become listeners, `true` a bare attribute; null and false
 * are left out. Strings among the children become text.
 * @param {string} tag
 * @param {Object<string, any>} [props]
 * @param {...(Node|string|null|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  return dressed(document.createElement(tag), props, children);
}

/**
 * Make an SVG element; see `h`.
 * @param {string} tag
 * @param {Object<string, any>} [props]
 * @param {...(Node|string|null|false)} children
 * @returns {SVGElement}
 */
export function svg(tag, props = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), props, children);
}

/** Put children in order, and touch only what moved, so that the focus stays where it is. */
export function place(parent, children) {
  const wanted = new Set(children);
  for (const old of [...parent.children]) if (!wanted.has(old)) old.remove();
  children.forEach((element, i) => {
    if (parent.children[i] !== element) parent.insertBefore(element, parent.children[i] || null);
  });
}

/** Isolate text that comes from outside, so that its writing direction cannot spill over. */
export function bdi(text) {
  return h('bdi', {}, text);
}

/** Set text only where it differs, so that nothing is laid out or read aloud again for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Make a pair of a definition list.
 * @param {string} name
 * @param {Node|string} value
 * @param {{title?: string, beside?: Node}} [more] title: explains the name; beside: stands next to
 *   the value
 * @returns {[HTMLElement, HTMLElement]} the pair, and where its value stands
 */
export function fact(name, value = '–', { title = null, beside = null } = {}) {
  const place = h('span', {}, value);
  return [h('div', { title }, h('dt', {}, name), h('dd', {}, place, beside)), place];
}

/**
 * Make a table that turns into cards on a narrow screen and stays a table for screen readers.
 * @param {string} caption
 * @param {string[]} columns
 * @returns {{element: HTMLElement, body: HTMLElement}}
 */
export function table(caption, columns) {
  const head = columns.map((name) => h('th', { scope: 'col', role: 'columnheader' }, name));
  const body = h('tbody', { role: 'rowgroup' });
  const element = h('table', { role: 'table' }, h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)), body);
  return { element, body };
}

/** Make a row for `table`; each cell is [column name, ...children], the first heads the row. */
export function row(cells, props = {}) {
  return h('tr', { role: 'row', ...props }, ...cells.map(([name, ...children], i) => (i === 0
    ? h('th', { scope: 'row', role: 'rowheader', 'data-label': name }, ...children)
    : h('td', { role: 'cell', 'data-label': name }, ...children))));
}

function dressed(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child || child === 0 || child === ''));
  return element;
}
