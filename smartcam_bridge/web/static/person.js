/** The view at `#/people/<id>`: one person with all that the bridge knows of them. */
import { ask } from './api.js';
import { bdi, fact, h, setText } from './dom.js';
import { peopleTabs } from './people_tabs.js';
import { CONSENTS, consentMark, face, recognised } from './people_words.js';
import { askForget, askMerge } from './person_actions.js';
import { PersonForm } from './person_form.js';
import { PersonSeen } from './person_seen.js';
import { PersonTemplates } from './person_templates.js';
import { administers, operates } from './roles.js';
import { clock } from './words.js';

/** One person; operators change it, admins also export and forget it. */
export class PersonView {
  #context;
  #id;
  #body = h('div', {}, h('p', { class: 'note' }, 'Reading…'));
  #picture = h('div', { class: 'portrait' });
  #facts = h('div', {});
  #templates = null;
  #seen = null;

  /** @param {import('./app.js').Context} context @param {string} id */
  constructor(context, id) {
    this.#context = context;
    this.#id = encodeURIComponent(id);
    this.title = 'Person';
    this.heading = h('h1', { tabindex: '-1' }, 'Person');
    this.element = h('div', { class: 'people-view' }, peopleTabs('people', context.role),
      h('div', { class: 'view-head' }, this.heading,
        h('a', { href: '#/people', class: 'back' }, 'All people')), this.#body);
    this.#load();
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {}

  update() {}

  close() {
    this.#seen?.close();
  }

  async #load() {
    let person;
    try {
      person = await ask(`people/${this.#id}`);
    } catch (problem) {
      const gone = problem.status === 404 || problem.status === 422;
      this.#body.replaceChildren(h('p', { class: 'empty' }, gone
        ? 'There is nobody of this number (any more).' : problem.message));
      return;
    }
    this.#build(person);
    this.#show(person);
  }

  #build(person) {
    const { role } = this.#context;
    this.#templates = new PersonTemplates(person, role, () => this.#again());
    this.#seen = new PersonSeen({ person: person.id }, this.#context.bridge);
    const form = operates(role) && new PersonForm(person, 'Save', async (body) => {
      this.#show(await ask(`people/${this.#id}`, { method: 'PATCH', body }));
      return 'Saved.';
    });
    this.#body.replaceChildren(h('div', { class: 'columns person-columns' },
      h('section', { 'aria-label': 'Who it is' }, this.#picture, this.#facts,
        form && h('h2', {}, 'Change'), form && form.element, ...this.#actions(person)),
      h('div', { class: 'person-parts' }, this.#templates.element, this.#seen.element)));
  }

  /** Only what follows from the person itself: fields that somebody types in stay. */
  #show(person) {
    this.title = person.name;
    document.title = `${person.name} – smartcam`;
    this.heading.replaceChildren(bdi(person.name));
    this.#picture.replaceChildren(face(person, 'large'));
    this.#facts.replaceChildren(h('dl', { class: 'facts wide' },
      fact('Consent', h('span', {}, CONSENTS[person.consent] || person.consent,
        person.consent_at && `, ${clock(person.consent_at)}`))[0],
      fact('Last seen', person.last_seen ? clock(person.last_seen) : 'not yet')[0],
      fact('Known since', clock(person.created))[0],
      fact('Notes', person.notes ? h('span', { class: 'event-note' }, bdi(person.notes)) : '–')[0],
      fact('Number', String(person.id))[0]), recognised(person.consent) ? ''
      : h('p', { class: 'notice' }, consentMark(person.consent),
        ' This person is not recognised. Templates are kept, but compared with nobody.'));
  }

  async #again() {
    try {
      this.#show(await ask(`people/${this.#id}`));
    } catch (problem) {
      setText(this.#facts, problem.message);
    }
  }

  #actions(person) {
    const { role } = this.#context;
    const go = (hash) => this.#context.navigate(hash);
    const admin = administers(role);
    if (!operates(role)) return [];
    return [h('h2', {}, 'More'), h('div', { class: 'person-actions' },
      h('button', { type: 'button', onclick: () => askMerge(person, go) }, 'Merge into another…'),
      admin && h('a', { class: 'button', download: `person-${person.id}.json`,
        href: `api/v1/people/${person.id}/export` }, 'Export all that is held'),
      admin && h('button', { type: 'button', class: 'danger',
        onclick: () => askForget(person, go) }, 'Forget…')),
    !admin && h('p', { class: 'note' }, 'An admin may export and forget.')];
  }
}
