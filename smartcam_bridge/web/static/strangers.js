/** The view at `#/strangers`: those who were seen and have no name, and what to do with them. */
import { ask } from './api.js';
import { h, place, setText } from './dom.js';
import { askName } from './naming.js';
import { peopleTabs } from './people_tabs.js';
import { many, personHash, strangerHash } from './people_words.js';
import { operates } from './roles.js';
import { askForget } from './stranger_actions.js';
import { trackHash } from './track_table.js';
import { clock } from './words.js';

const PAGE = 40;
const SOON_MS = 1000;

/** Cards, who was seen last first. */
export class Strangers {
  title = 'Strangers';
  #context;
  #strangers = [];
  #next = null;
  #request = null;
  #soon = null;
  #list = h('ul', { class: 'strangers' });
  #note = h('div', { class: 'people-note', role: 'status' });
  #more = h('button', { type: 'button', hidden: true, onclick: () => this.#read(this.#next) },
    'Show more');
  #onEvent = ({ detail: { type } }) => {
    if (type !== 'stranger_seen' || this.#soon || this.#strangers.length > PAGE) return;
    this.#soon = setTimeout(() => { this.#soon = null; this.#read(null); }, SOON_MS);
  };
  #onMissed = () => this.#read(null);

  /** @param {import('./app.js').Context} context */
  constructor(context) {
    this.#context = context;
    this.heading = h('h1', { tabindex: '-1' }, 'Strangers');
    this.element = h('div', { class: 'people-view' }, peopleTabs('strangers', context.role),
      h('div', { class: 'view-head' }, this.heading, h('p', { class: 'summary' },
        'Faces that are like nobody with a name, put together where they are like each other')),
      this.#list, this.#note, this.#more);
    context.bridge.addEventListener('event', this.#onEvent);
    context.bridge.addEventListener('missed', this.#onMissed);
    this.#read(null);
  }

  stage() {
    return undefined;
  }

  /** Where the focus goes when coming back from a stranger's own page. */
  focusTarget(from) {
    return this.#list.querySelector(`h2 a[href="${CSS.escape(from || '')}"]`) || this.heading;
  }

  refresh() {}

  update() {}

  close() {
    clearTimeout(this.#soon);
    this.#request?.abort();
    this.#context.bridge.removeEventListener('event', this.#onEvent);
    this.#context.bridge.removeEventListener('missed', this.#onMissed);
  }

  async #read(cursor) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const page = await ask('strangers', { signal: request.signal,
        query: { limit: PAGE, cursor } });
      const known = new Set(cursor ? this.#strangers.map(({ id }) => id) : []);
      this.#strangers = [...(cursor ? this.#strangers : []),
        ...page.items.filter(({ id }) => !known.has(id))];
      this.#next = page.next;
      this.#draw();
    } catch (problem) {
      if (problem.name !== 'AbortError') setText(this.#note, problem.message);
    }
  }

  #draw() {
    const shown = new Map([...this.#list.children].map((one) => [one.dataset.shown, one]));
    place(this.#list, this.#strangers.map((stranger) => (
      shown.get(JSON.stringify(stranger)) || this.#card(stranger))));
    this.#more.hidden = !this.#next;
    this.#note.replaceChildren(this.#strangers.length ? '' : nobody());
  }

  #card(stranger) {
    const { id, first, last, sightings, tracks, thumbnails } = stranger;
    const tracked = `#/tracks?${new URLSearchParams({ stranger: String(id) })}`;
    const name = `Stranger ${id}`;
    const actions = operates(this.#context.role) && h('div', { class: 'person-actions' },
      h('button', { type: 'button', 'aria-label': `Name ${name.toLowerCase()}`,
        onclick: () => askName(stranger, (person) => this.#named(name, person)) }, 'Who is it?'),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `Forget ${name.toLowerCase()}`,
        onclick: () => askForget(stranger, () => this.#forgotten()) }, 'Forget…'));
    return h('li', { class: 'stranger', 'data-stranger': String(id),
      'data-shown': JSON.stringify(stranger) },
    h('div', { class: 'shots' }, ...(thumbnails.length ? thumbnails.map(shot)
      : [h('p', {}, 'No picture is kept')])),
    h('h2', {}, h('a', { href: strangerHash(id) }, name)),
    h('p', {}, `Seen in ${many(tracks, 'track')}, ${many(sightings, 'face')}. `,
      h('a', { href: tracked }, 'Show them')),
    h('p', {}, 'First ', h('time', { datetime: first }, clock(first)), ', last ',
      h('time', { datetime: last }, clock(last))), actions);
  }

  async #named(name, person) {
    await this.#read(null);
    this.#note.replaceChildren(h('p', { class: 'note' }, `${name} is `,
      h('a', { href: personHash(person.id) }, person.name),
      ' now, in past tracks and events too.'));
    this.#note.querySelector('a').focus();
  }

  async #forgotten() {
    await this.#read(null);
    this.heading.focus();
  }
}

function shot(src) {
  const [, id] = src.match(/tracks\/(\d+)\//) || [];
  return h('a', { href: trackHash(id), 'aria-label': `Track ${id}` }, h('img', { alt: '',
    src: src.replace(/^\//, ''), loading: 'lazy',
    onerror: (event) => event.target.parentElement.remove() }));
}

function nobody() {
  return h('section', { class: 'empty' }, h('h2', {}, 'No strangers'),
    h('p', {}, 'Who is seen often enough to be known again, and has no name, appears here. Give '
      + 'them a name, or forget them; who is not seen for long is forgotten without being asked: '
      + 'see ', h('a', { href: '#/privacy' }, 'privacy'), '.'));
}
