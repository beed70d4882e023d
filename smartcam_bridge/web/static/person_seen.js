/** Where a person was seen lately: tracks with their pictures, and what happened. */
import { ask } from './api.js';
import { bdi, h, setText } from './dom.js';
import { eventHash } from './event_card.js';
import { eventSentence } from './event_words.js';
import { trackHash } from './track_table.js';
import { clock, duration, score } from './words.js';

const TRACKS = 12;
const EVENTS = 8;
const SOON_MS = 1000;

/** The latest tracks and events; read again when the person is seen. */
export class PersonSeen {
  #person;
  #bridge;
  #list = h('ul', { class: 'seen' });
  #events = h('ol', { class: 'story', 'aria-label': 'Events of this person' });
  #note = h('p', { class: 'note', role: 'status' });
  #soon = null;
  #onEvent = ({ detail: { person, was } }) => {
    if (this.#soon || ![person?.id, was?.id].includes(this.#person.id)) return;
    this.#soon = setTimeout(() => { this.#soon = null; this.#load(); }, SOON_MS);
  };
  #onMissed = () => this.#load();

  /** @param {Object} person @param {import('./bridge.js').Bridge} bridge */
  constructor(person, bridge) {
    this.#person = person;
    this.#bridge = bridge;
    const query = new URLSearchParams({ person: String(person.id) });
    this.element = h('section', { 'aria-labelledby': 'seen-title' },
      h('div', { class: 'view-head' }, h('h2', { id: 'seen-title' }, 'Seen lately'),
        h('a', { href: `#/tracks?${query}` }, 'All tracks'),
        h('a', { href: `#/events?${query}&type=all` }, 'All events')),
      this.#list, this.#events, this.#note);
    bridge.addEventListener('event', this.#onEvent);
    bridge.addEventListener('missed', this.#onMissed);
    this.#load();
  }

  close() {
    clearTimeout(this.#soon);
    this.#bridge.removeEventListener('event', this.#onEvent);
    this.#bridge.removeEventListener('missed', this.#onMissed);
  }

  async #load() {
    try {
      const [tracks, events] = await Promise.all([['tracks', TRACKS], ['events', EVENTS]].map(
        ([name, limit]) => ask(name, { query: { person: this.#person.id, limit } })));
      this.#list.replaceChildren(...tracks.items.map(seen));
      this.#events.replaceChildren(...events.items.map(happened));
      setText(this.#note, tracks.items.length || events.items.length ? '' : 'Not seen yet.');
    } catch (problem) {
      setText(this.#note, problem.message);
    }
  }
}

function happened(event) {
  return h('li', {}, h('time', { datetime: event.stamp }, clock(event.stamp)),
    h('a', { href: eventHash(event.seq), class: 'plain' }, ...eventSentence(event)),
    h('span', { class: 'summary' }, event.camera && bdi(event.camera)));
}

function seen({ id, camera, first, open, duration_s: lasted, thumbnail, identity }) {
  return h('li', {}, h('a', { href: trackHash(id) },
    thumbnail ? h('img', { alt: '', loading: 'lazy', src: thumbnail.replace(/^\//, '') })
      : h('span', { class: 'blank' }, 'no picture'),
    h('time', { datetime: first }, clock(first))),
  h('p', { class: 'summary' }, bdi(camera), open ? ', is there' : `, ${duration(lasted)}`),
  identity?.similarity > 0 && h('p', { class: 'summary' },
    `similarity ${score(identity.similarity)}`));
}
