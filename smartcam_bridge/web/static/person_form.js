/** A form of what is known of a person: name, consent, notes. */
import { h, setText } from './dom.js';
import { CONSENTS } from './people_words.js';

/** Calls `save` with the fields; what it throws is shown. */
export class PersonForm {
  #save;
  #message = h('p', { class: 'notice', role: 'alert', hidden: true });
  #done = h('p', { class: 'note', role: 'status' });

  /**
   * @param {{name?: string, consent?: string, notes?: string}} person
   * @param {string} action what the button says
   * @param {(body: Object) => Promise<string|void>} save what it returns is said
   */
  constructor(person, action, save) {
    this.#save = save;
    const { name = '', consent = 'not_asked', notes = '' } = person;
    this.element = h('form', { class: 'filter person-form', 'aria-label': `${action} a person`,
      onsubmit: (event) => { event.preventDefault(); this.#submit(event.target); } },
    labelled('name', 'Name', h('input', { value: name, required: true, maxlength: '200',
      autocomplete: 'off', id: 'person-name', name: 'name' })),
    labelled('consent', 'Consent to be recognised', h('select', { id: 'person-consent',
      name: 'consent' }, ...Object.entries(CONSENTS).map(([value, text]) => (
      h('option', { value, selected: value === consent }, text))))),
    labelled('notes', 'Notes', h('textarea', { id: 'person-notes', name: 'notes', rows: '2',
      maxlength: '2000' }, notes), 'wide'),
    h('button', { type: 'submit' }, action), this.#message, this.#done);
  }

  async #submit(form) {
    const body = Object.fromEntries([...new FormData(form)].map(([key, value]) => (
      [key, value.trim()])));
    try {
      this.#say('', await this.#save(body) || '');
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

function labelled(name, title, control, kind = null) {
  return h('div', { class: kind }, h('label', { for: `person-${name}` }, title), control);
}
