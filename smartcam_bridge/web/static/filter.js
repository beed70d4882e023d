/** A form of filters that lives in the address, so that it can be kept and sent. */
import { h } from './dom.js';
import { PERIODS, spanOf } from './period.js';

/**
 * A field.
 * @typedef {{kind: 'select'|'text'|'check'|'period', name: string, title: string, more?: boolean,
 *   options?: Option[], any?: string, hint?: string}} Field
 *   more: folded away until it is used; any: what `select` calls no choice, null: always one
 * @typedef {[value: string, text: string]|{group: string, options: Option[]}} Option
 */

/** The form; `onChange` is called with the values after each change. */
export class Filter {
  #hash;
  #fields;
  #onChange;
  #controls = new Map();  // name -> control
  #custom = null;         // the two times of a period of one's own

  /**
   * @param {string} hash the address without values, as '#/events'
   * @param {Field[]} fields
   * @param {URLSearchParams} query values to begin with
   * @param {(values: Object<string, string>) => void} onChange
   */
  constructor(hash, fields, query, onChange) {
    this.#hash = hash;
    this.#fields = fields;
    this.#onChange = onChange;
    const rows = fields.map((field) => [field, this.#row(field, query)]);
    const plain = rows.filter(([{ more }]) => !more).map(([, row]) => row);
    const folded = rows.filter(([{ more }]) => more);
    const used = folded.some(([{ name }]) => query.get(name));
    this.element = h('form', {
      class: 'filter', 'aria-label': 'Filter',
      onsubmit: (event) => { event.preventDefault(); this.#apply(); },
      onchange: () => this.#apply(),
    }, ...plain, h('button', { type: 'submit' }, 'Filter'),
    folded.length > 0 && h('details', { class: 'more', open: used },
      h('summary', {}, 'More filters'), h('div', {}, ...folded.map(([, row]) => row))));
  }

  /** Values as the address keeps them, the empty ones left out. */
  get values() {
    const values = [...this.#controls].map(([name, control]) => (
      [name, control.type === 'checkbox' ? (control.checked ? 'true' : '') : control.value.trim()]));
    return Object.fromEntries(values.filter(([, value]) => value));
  }

  /** Values as the API takes them: the period has become `from` and `to`. */
  get query() {
    const { period, from, to, ...others } = this.values;
    const span = this.#custom ? spanOf({ period, from, to }) : {};
    return { ...others, ...span };
  }

  /** Change what can be chosen, and keep what is chosen. */
  setOptions(name, options) {
    const control = this.#controls.get(name);
    const chosen = control.value || control.dataset.wanted || '';
    const field = this.#fields.find((one) => one.name === name);
    control.replaceChildren(...choices({ ...field, options }, chosen));
  }

  /** Choose, as if somebody had done so. */
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      const control = this.#controls.get(name);
      if (control.type === 'checkbox') control.checked = value === 'true';
      else control.value = value;
    }
    this.#apply();
  }

  #apply() {
    if (this.#custom) this.#custom.hidden = this.#controls.get('period').value !== 'custom';
    const query = new URLSearchParams(this.values).toString();
    window.history.replaceState(null, '', `${this.#hash}${query ? `?${query}` : ''}`);
    this.#onChange(this.values);
  }

  #row(field, query) {
    const value = query.get(field.name) || field.value || '';
    if (field.kind === 'period') return this.#period(field, query);
    const control = CONTROLS[field.kind](field, value);
    this.#controls.set(field.name, control);
    const label = h('label', { for: control.id }, field.title);
    return field.kind === 'check' ? h('div', { class: 'check' }, control, label)
      : h('div', {}, label, control);
  }

  #period(field, query) {
    const options = Object.entries(PERIODS);
    const period = CONTROLS.select({ ...field, options }, query.get('period') || field.value || '');
    this.#controls.set('period', period);
    this.#custom = h('div', { class: 'from-to', hidden: period.value !== 'custom' });
    for (const [name, title] of [['from', 'From'], ['to', 'To']]) {
      const id = `filter-${name}`;
      const input = h('input', { type: 'datetime-local', id, value: query.get(name) || '' });
      this.#controls.set(name, input);
      this.#custom.append(h('div', {}, h('label', { for: id }, title), input));
    }
    return h('div', { class: 'period' },
      h('div', {}, h('label', { for: period.id }, field.title), period), this.#custom);
  }
}

const CONTROLS = {
  select: (field, value) => h('select', { id: `filter-${field.name}`, name: field.name,
    'data-wanted': value }, ...choices(field, value)),
  text: ({ name, hint }, value) => h('input', {
    id: `filter-${name}`, name, value, placeholder: hint || 'any', autocomplete: 'off',
    spellcheck: 'false', autocapitalize: 'none', maxlength: '200' }),
  check: ({ name }, value) => h('input', {
    type: 'checkbox', id: `filter-${name}`, name, checked: value === 'true' }),
};

function choices({ options, any }, chosen) {
  const known = options.flatMap((option) => (option.group ? option.options : [option]));
  const unknown = chosen && !known.some(([value]) => value === chosen);
  return [
    any !== null && h('option', { value: '' }, any || 'all'),
    ...options.map((option) => (option.group
      ? h('optgroup', { label: option.group }, ...option.options.map((one) => choice(one, chosen)))
      : choice(option, chosen))),
    unknown && choice([chosen, chosen], chosen),
  ].filter(Boolean);
}

const choice = ([value, text], chosen) => h('option', { value, selected: value === chosen }, text);
