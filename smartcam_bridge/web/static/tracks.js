/** The view at `#/tracks`: the history of tracks with its filter. */
import { h } from './dom.js';
import { TrackTable } from './track_table.js';

const PAGE = 50;

/** Filter and table; the filter lives in the address, so that it can be kept and sent. */
export class Tracks {
  title = 'Tracks';
  #table;
  #context;
  #form;

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.#context = context;
    this.#table = new TrackTable(context.bridge, { limit: PAGE });
    this.heading = h('h1', { tabindex: '-1' }, 'Tracks');
    this.#form = this.#makeForm(query);
    this.element = h('div', { class: 'tracks-view' },
      h('div', { class: 'view-head' }, this.heading), this.#form, this.#table.element);
    this.#table.load(this.#filter());
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {
    const select = this.#form.elements.camera;
    const chosen = select.value;
    select.replaceChildren(...this.#options(chosen));
  }

  update() {
    this.#table.tick();
  }

  close() {
    this.#table.close();
  }

  #makeForm(query) {
    const camera = h('select', { name: 'camera', id: 'filter-camera' },
      ...this.#options(query.get('camera') || ''));
    const label = h('input', {
      name: 'label', id: 'filter-label', value: query.get('label') || '', autocomplete: 'off',
      spellcheck: 'false', placeholder: 'any', maxlength: '200',
    });
    const open = h('input', {
      type: 'checkbox', name: 'open', id: 'filter-open', checked: query.get('open') === 'true',
    });
    return h('form', {
      class: 'filter', 'aria-label': 'Filter tracks',
      onsubmit: (event) => { event.preventDefault(); this.#apply(); },
      onchange: () => this.#apply(),
    },
    h('div', {}, h('label', { for: 'filter-camera' }, 'Camera'), camera),
    h('div', {}, h('label', { for: 'filter-label' }, 'Label'), label),
    h('div', { class: 'check' }, open, h('label', { for: 'filter-open' }, 'Only open')),
    h('button', { type: 'submit' }, 'Filter'));
  }

  #options(chosen) {
    const names = [...this.#context.bridge.cameras.keys()];
    if (chosen && !names.includes(chosen)) names.push(chosen);
    return [h('option', { value: '' }, 'all'), ...names.map((name) => (
      h('option', { value: name, selected: name === chosen }, name)))];
  }

  #filter() {
    const { camera, label, open } = this.#form.elements;
    return { camera: camera.value, label: label.value.trim(), open: open.checked ? 'true' : '' };
  }

  #apply() {
    const filter = this.#filter();
    const kept = Object.entries(filter).filter(([, value]) => value);
    const query = new URLSearchParams(kept).toString();
    window.history.replaceState(null, '', `#/tracks${query ? `?${query}` : ''}`);
    this.#table.load(filter);
  }
}
