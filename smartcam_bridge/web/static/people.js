/** The view at `#/people`: everybody who has a name, as cards. */
import { ask } from './api.js';
import { bdi, h, place, setText } from './dom.js';
import { Filter } from './filter.js';
import { peopleTabs } from './people_tabs.js';
import { CONSENTS, consentMark, face, many, personHash } from './people_words.js';
import { PersonForm } from './person_form.js';
import { operates } from './roles.js';
import { clock } from './words.js';

const PAGE = 60;
const SOON_MS = 1000;
const FIELDS = [
  { kind: 'text', name: 'query', title: 'Name', hint: 'or a part of it' },
  { kind: 'select', name: 'consent', title: 'Consent', options: Object.entries(CONSENTS) },
  { kind: 'select', name: 'order', title: 'Order', any: null, value: 'name',
    options: [['name', 'by name'], ['seen', 'last seen first']] },
];

/** Filter, cards, and a form for somebody new. */
export class People {
  title = 'People';
  #context;
  #filter;
  #people = [];
  #next = null;
  #request = null;
  #soon = null;
  #list = h('ul', { class: 'people' });
  #note = h('div', { class: 'people-note', role: 'status' });
  #more = h('button', { type: 'button', hidden: true, onclick: () => this.#read(this.#next) },
    'Show more');
  #onEvent = ({ detail }) => this.#hear(detail);
  #onMissed = () => this.#read(null);

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.#context = context;
    this.heading = h('h1', { tabindex: '-1' }, 'People');
    this.#filter = new Filter('#/people', FIELDS, query, () => this.#read(null));
    this.element = h('div', { class: 'people-view' }, peopleTabs('people', context.role),
      h('div', { class: 'view-head' }, this.heading), this.#filter.element,
      operates(context.role) && this.#adding(), this.#list, this.#note, this.#more);
    context.bridge.addEventListener('event', this.#onEvent);
    context.bridge.addEventListener('missed', this.#onMissed);
    this.#read(null);
  }

  stage() {
    return undefined;
  }

  /** Where the focus goes when coming back from a person's page. */
  focusTarget(from) {
    return this.#list.querySelector(`a[href="${CSS.escape(from || '')}"]`) || this.heading;
  }

  refresh() {}

  update() {}

  close() {
    clearTimeout(this.#soon);
    this.#request?.abort();
    this.#context.bridge.removeEventListener('event', this.#onEvent);
    this.#context.bridge.removeEventListener('missed', this.#onMissed);
  }

  #adding() {
    const form = new PersonForm({}, 'Add', async (body) => {
      const { id } = await ask('people', { method: 'POST', body });
      this.#context.navigate(personHash(id));
    });
    return h('details', { class: 'add' }, h('summary', {}, 'Add a person'), form.element);
  }

  /** Somebody was seen: when is shown here, as long as nobody has read on. */
  #hear({ type }) {
    if (!type.startsWith('person_') || this.#soon || this.#people.length > PAGE) return;
    this.#soon = setTimeout(() => { this.#soon = null; this.#read(null); }, SOON_MS);
  }

  async #read(cursor) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const page = await ask('people', { signal: request.signal,
        query: { ...this.#filter.values, limit: PAGE, cursor } });
      const shown = new Set(cursor ? this.#people.map(({ id }) => id) : []);
      this.#people = [...(cursor ? this.#people : []),
        ...page.items.filter(({ id }) => !shown.has(id))];
      this.#next = page.next;
      this.#draw();
    } catch (problem) {
      if (problem.name !== 'AbortError') setText(this.#note, problem.message);
    }
  }

  #draw() {
    const shown = new Map([...this.#list.children].map((one) => [one.dataset.shown, one]));
    place(this.#list, this.#people.map((person) => (
      shown.get(JSON.stringify(person)) || card(person))));
    this.#more.hidden = !this.#next;
    const { query, consent } = this.#filter.values;
    if (this.#people.length) this.#note.replaceChildren();
    else if (query || consent) this.#note.replaceChildren(h('p', { class: 'empty' },
      'Nobody fits this filter.'));
    else {
      this.#note.replaceChildren(nobody(operates(this.#context.role),
        recognitionOf(this.#context.bridge.status)));
    }
  }
}

function card(person) {
  const seen = person.last_seen
    ? ['Last seen ', h('time', { datetime: person.last_seen }, clock(person.last_seen))]
    : ['Not seen yet'];
  return h('li', { class: 'person', 'data-shown': JSON.stringify(person) }, face(person),
    h('div', {}, h('h2', {}, h('a', { href: personHash(person.id), class: 'person-link' },
      bdi(person.name))),
    h('p', {}, ...seen),
    h('p', {}, person.templates ? many(person.templates, 'template')
      : 'No template: cannot be recognised'),
    h('p', {}, consentMark(person.consent))));
}

/** Whether faces come in anywhere, and if not, why. */
function recognitionOf(status) {
  const faces = Object.values(status).map((one) => one.faces).filter(Boolean);
  if (faces.some(({ received }) => received > 0)) return 'fed';
  return faces.length && faces.every(({ state }) => state === 'off') ? 'off' : 'unfed';
}

function nobody(mayAdd, recognition) {
  return h('section', { class: 'empty' }, h('h2', {}, 'Nobody has a name yet'),
    h('p', {}, 'Who is seen gets a name in one of three ways:'),
    h('ul', { class: 'ways' },
      h('li', {}, 'Open a track of the ', h('a', { href: '#/tracks' }, 'history'),
        ' that shows a face, and choose “Enroll as…”.'),
      h('li', {}, 'Say who one of the ', h('a', { href: '#/strangers' }, 'strangers'), ' is.'),
      h('li', {}, 'Add a person above, and give a picture of the face.')),
    !mayAdd && h('p', {}, 'Each of them takes an operator.'), ...RECOGNITION[recognition],
    h('p', {}, h('a', { href: '#/privacy' }, 'What is kept of people, and for how long')));
}

/** What there is to say of it. */
const RECOGNITION = {
  fed: [],
  off: [h('p', {}, 'Recognition is switched off for all cameras.')],
  unfed: [h('p', {}, 'No face has come in since the bridge started. They come from an embedder:'),
    h('pre', { tabindex: '0' }, h('code', {}, 'ros2 run smartcam_bridge face_embedder'))],
};
