/** A form of what a zone, tripwire or mask is besides its outline. */
import { h, setText } from './dom.js';
import { icon } from './icons.js';
import { ScheduleForm } from './schedule_form.js';

const ANCHORS = ['bottom_center', 'bottom_left', 'bottom_right', 'center', 'center_left',
  'center_right', 'top_center', 'top_left', 'top_right'];

/** Numbers: field, what it is called, unit, and bounds. */
const NUMBERS = {
  zone: [['inertia', 'Enter and leave after', 'observations', { min: 1, max: 1000, step: 1 }],
    ['inertia_s', 'or, where above 0, after', 'seconds', { min: 0, max: 3600, step: 'any' }],
    ['loiter_s', 'Loiters after (0: never)', 'seconds', { min: 0, step: 'any' }]],
  tripwire: [['hysteresis', 'Clear of the line at', 'of the frame',
    { min: 0.001, max: 0.25, step: 'any' }]],
  mask: [],
};

/** @typedef {{onChange: (changes: Object) => void, onSave: () => void, onDelete: () => void,
 *   onRevert: () => void}} Told */

/** The form of one shape; `showProblem` says what the bridge refused. */
export class ShapeForm {
  #shape;
  #told;
  #fields = new Map();  // field -> element that says it is wrong
  #message = h('p', { class: 'notice', role: 'alert', hidden: true });

  /** @param {Object} shape @param {boolean} editable @param {Told} told */
  constructor(shape, editable, told) {
    this.#shape = shape;
    this.#told = told;
    const rows = shape.kind === 'mask' ? [this.#labels()]
      : [this.#labels(), this.#anchor(), ...NUMBERS[shape.kind].map((one) => this.#number(...one)),
        this.#schedule()];
    const swap = shape.kind === 'tripwire' && h('button', { type: 'button', onclick: () => (
      told.onChange({ start: this.#shape.end, end: this.#shape.start })) }, 'Swap in and out');
    this.element = h('form', { class: 'shape-form', 'aria-label': `${shape.kind} ${shape.name}`,
      onsubmit: (event) => { event.preventDefault(); told.onSave(); } },
    h('fieldset', { disabled: !editable }, h('legend', {}, icon(shape.kind), shape.id
      ? `Change this ${shape.kind}` : `New ${shape.kind}`), this.#name(), this.#enabled(), ...rows,
    this.#message, h('div', { class: 'shape-actions' },
      h('button', { type: 'submit', class: 'main-action' }, 'Save'), swap,
      h('button', { type: 'button', onclick: told.onRevert }, shape.id ? 'Undo changes' : 'Discard'),
      shape.id && h('button', { type: 'button', class: 'danger', onclick: told.onDelete },
        'Delete'))),
    !editable && h('p', { class: 'note' }, 'An operator may change this.'));
  }

  /** Follow what was changed on the picture. */
  take(shape) {
    this.#shape = shape;
  }

  /** @param {import('./api.js').Problem|null} problem */
  showProblem(problem) {
    const errors = problem?.errors || [];
    for (const [name, element] of this.#fields) {
      const wrong = errors.some(({ where }) => where.split(/[ :.[]+/).includes(name));
      element.querySelector('input, select')?.setAttribute('aria-invalid', String(wrong));
      element.classList.toggle('is-wrong', wrong);
    }
    setText(this.#message, problem?.message || '');
    this.#message.hidden = !problem;
  }

  #row(name, title, control, unit = '') {
    const element = h('div', {}, h('label', { for: control.id }, title), control,
      unit && h('span', { class: 'unit' }, unit));
    this.#fields.set(name, element);
    return element;
  }

  #name() {
    return this.#row('name', 'Name', h('input', { id: 'shape-name', value: this.#shape.name || '',
      required: true, maxlength: '64', autocomplete: 'off',
      oninput: (event) => this.#told.onChange({ name: event.target.value }) }));
  }

  #enabled() {
    return h('div', { class: 'check' }, h('input', { type: 'checkbox', id: 'shape-enabled',
      checked: this.#shape.enabled !== false,
      onchange: (event) => this.#told.onChange({ enabled: event.target.checked }) }),
    h('label', { for: 'shape-enabled' }, 'In use'));
  }

  #labels() {
    const split = (text) => text.split(',').map((one) => one.trim()).filter(Boolean);
    return this.#row('labels', 'Only labels', h('input', { id: 'shape-labels',
      value: (this.#shape.labels || []).join(', '), placeholder: 'all; else person, car',
      autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none',
      onchange: (event) => this.#told.onChange({ labels: split(event.target.value) }) }));
  }

  #anchor() {
    const { anchor = 'bottom_center' } = this.#shape;
    return this.#row('anchor', 'Place of the box that counts', h('select', { id: 'shape-anchor',
      onchange: (event) => this.#told.onChange({ anchor: event.target.value }) },
    ...ANCHORS.map((value) => h('option', { value, selected: value === anchor },
      value.replace('_', ' ')))));
  }

  #number(name, title, unit, bounds) {
    return this.#row(name, title, h('input', { type: 'number', id: `shape-${name}`, ...bounds,
      value: String(this.#shape[name]), required: true,
      onchange: (event) => this.#told.onChange({ [name]: event.target.valueAsNumber }) }), unit);
  }

  #schedule() {
    const form = new ScheduleForm(this.#shape, { id: 'shape', legend: 'When it counts',
      onChange: (changes) => {
        this.#shape = { ...this.#shape, ...changes };
        this.#told.onChange(changes);
      } });
    this.#fields.set('schedule', form.element);
    this.#fields.set('timezone', form.timezone);
    return form.element;
  }
}
