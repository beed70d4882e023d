/** A form for what people saw themselves: a manual event. */
import { ask } from './api.js';
import { h, setText } from './dom.js';
import { SEVERITIES } from './event_words.js';
import { localOf } from './period.js';

/** Folded up until somebody opens it. */
export class EventForm {
  #message = h('p', { class: 'notice', role: 'alert', hidden: true });
  #done = h('p', { class: 'note', role: 'status' });
  #form;
  #camera;

  /** @param {import('./bridge.js').Bridge} bridge */
  constructor(bridge) {
    this.#camera = h('select', { id: 'note-camera', name: 'camera' });
    this.#form = h('form', {
      class: 'filter', 'aria-label': 'Note an event',
      onsubmit: (event) => { event.preventDefault(); this.#add(); },
    },
    field('title', 'What happened', { required: true, maxlength: '200', class: 'wide' }),
    field('note', 'Note', { maxlength: '2000', class: 'wide', placeholder: 'may be left out' }),
    labelled('camera', 'Camera', this.#camera),
    labelled('severity', 'Severity', h('select', { id: 'note-severity', name: 'severity' },
      ...Object.entries(SEVERITIES).map(([value, text]) => h('option', { value }, text)))),
    field('stamp', 'When', { type: 'datetime-local', max: localOf(Date.now()) }),
    h('button', { type: 'submit' }, 'Note it'));
    this.element = h('details', { class: 'add', ontoggle: () => this.#refill(bridge) },
      h('summary', {}, 'Note an event'), this.#form, this.#message, this.#done);
  }

  #refill(bridge) {
    this.#camera.replaceChildren(h('option', { value: '' }, 'none'),
      ...[...bridge.cameras.keys()].map((name) => h('option', { value: name }, name)));
  }

  async #add() {
    const fields = [...new FormData(this.#form)].map(([key, value]) => [key, value.trim()]);
    const body = Object.fromEntries(fields.filter(([, value]) => value));
    if (body.stamp) body.stamp = new Date(body.stamp).toISOString();
    try {
      await ask('events', { method: 'POST', body });
      this.#form.reset();
      this.#say('', 'Noted.');
      this.#form.elements.title.focus();
    } catch (problem) {
      this.#say(problem.message, '');
    }
  }

  #say(wrong, right) {
    setText(this.#message, wrong);
    this.#message.hidden = !wrong;
    setText(this.#done, right);
  }
}

function field(name, title, { class: kind = '', ...more }) {
  const id = `note-${name}`;
  return labelled(name, title, h('input', { id, name, autocomplete: 'off', ...more }), kind);
}

function labelled(name, title, control, kind = null) {
  return h('div', { class: kind }, h('label', { for: `note-${name}` }, title), control);
}
