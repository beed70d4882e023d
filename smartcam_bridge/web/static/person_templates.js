/** The templates of a person: what faces of tracks are compared with. */
import { ask } from './api.js';
import { h, setText } from './dom.js';
import { enroll, refusalWords } from './enroll.js';
import { SOURCES } from './people_words.js';
import { smallJpeg } from './picture_file.js';
import { operates } from './roles.js';
import { trackHash } from './track_table.js';
import { clock, score } from './words.js';

/** Pictures with what they are worth; operators add and delete. */
export class PersonTemplates {
  #person;
  #role;
  #onChange;
  #list = h('ul', { class: 'templates' });
  #note = h('p', { class: 'note', role: 'status' });
  #refusal = h('div', { class: 'notice', role: 'alert', hidden: true });

  /** @param {Object} person @param {string} role @param {() => void} onChange */
  constructor(person, role, onChange) {
    this.#person = person;
    this.#role = role;
    this.#onChange = onChange;
    this.element = h('section', { 'aria-labelledby': 'templates-title' },
      h('h2', { id: 'templates-title' }, 'Templates'),
      h('p', { class: 'summary' }, 'Faces that others are compared with. A few from different '
        + 'days, light and sides recognise better than many alike.'),
      operates(role) && this.#adding(), this.#refusal, this.#list, this.#note);
    this.#load();
  }

  #adding() {
    const file = h('input', { type: 'file', id: 'template-picture', accept: 'image/*',
      onchange: (event) => this.#add(event.target) });
    return h('div', { class: 'adding' },
      h('label', { for: 'template-picture' }, 'Add a picture that shows this face alone'), file);
  }

  async #add(input) {
    const [file] = input.files;
    if (!file) return;
    input.disabled = true;
    this.#show();
    setText(this.#note, 'Looking for the face…');
    try {
      const body = { picture: await smallJpeg(file) };
      setText(this.#note, '');
      await enroll(this.#person.id, body, { role: this.#role,
        show: (...children) => this.#show(...children), done: () => this.#changed() });
    } catch (problem) {
      this.#show(problem.message);
    }
    input.value = '';
    input.disabled = false;
    if (!this.#refusal.hidden) setText(this.#note, '');
  }

  async #delete(template, button) {
    // eslint-disable-next-line no-alert -- the one question whose answer cannot be taken back
    if (!window.confirm('Delete this template? It cannot be brought back.')) return;
    button.disabled = true;
    try {
      await ask(`templates/${template.id}`, { method: 'DELETE' });
      await this.#changed();
      this.element.querySelector('button, input')?.focus();
    } catch (problem) {
      button.disabled = false;
      this.#show(refusalWords(problem));
    }
  }

  async #changed() {
    await this.#load();
    this.#onChange();
  }

  #show(...children) {
    this.#refusal.replaceChildren(...children);
    this.#refusal.hidden = children.length === 0;
  }

  async #load() {
    try {
      const { items } = await ask(`people/${this.#person.id}/templates`, { query: { limit: 200 } });
      this.#list.replaceChildren(...items.map((template) => this.#item(template)));
      setText(this.#note, items.length ? '' : 'None yet: this person cannot be recognised. '
        + 'Add a picture here, or enroll the face of a track.');
    } catch (problem) {
      setText(this.#note, problem.message);
    }
  }

  #item(template) {
    const { id, picture, source, quality, face_px: side, created, track } = template;
    const remove = operates(this.#role) && h('button', { type: 'button', class: 'quiet',
      'aria-label': `Delete the template of ${clock(created)}`,
      onclick: (event) => this.#delete(template, event.target) }, 'Delete');
    const from = SOURCES[source] || source;
    const worth = [Number.isFinite(quality) && `quality ${score(quality)}`,
      side && `${Math.round(side)} px`].filter(Boolean).join(', ');
    return h('li', { 'data-template': String(id) }, picture ? h('img', { alt: '', loading: 'lazy',
      src: picture.replace(/^\//, '') }) : h('span', { class: 'blank' }, 'no picture'),
    h('p', {}, track ? h('a', { href: trackHash(track) }, from) : from),
    h('p', { class: 'summary' }, worth), h('p', { class: 'summary' }, clock(created)), remove);
  }
}
