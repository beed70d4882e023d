/** Where somebody was seen lately: tracks with their pictures, and what happened. */
import { ask } from './api.js';
import { bdi, h, setText } from './dom.js';
import { eventHash } from './event_card.js';
import { eventSentence, fits } from './event_words.js';
import { trackHash } from './track_table.js';
import { clock, duration, score } from './words.js';

const TRACKS = 12;
const EVENTS = 8;
const SOON_MS = 1000;

/** The latest tracks and events; read again when they are seen. */
export class PersonSeen {
  #whose;
  #bridge;
  #list = h('ul', { class: 'seen' });
  #events = h('ol', { class: 'story', 'aria-label': 'What happened' });
  #note = h('p', { class: 'note', role: 'status' });
  #soon = null;
  #onEvent = ({ detail }) => {
    if (this.#soon || !fits(detail, this.#whose)) return;
    this.#soon = setTimeout(() => { this.#soon = null; this.#load(); }, SOON_MS);
  };
  #onMissed = () => this.#load();

  /**
   * @param {{person?: number, stranger?: number}} whose by the number
   * @param {import('./bridge.js').Bridge} bridge
   */
  constructor(whose, bridge) {
    const query = new URLSearchParams(whose);
    this.#whose = Object.fromEntries(query);
    this.#bridge = bridge;
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
        ([name, limit]) => ask(name, { query: { ...this.#whose, limit } })));
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
