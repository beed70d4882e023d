/** Who is in view now: names of open tracks, as heard and as in the history. */
import { ask } from './api.js';

const NAMED_MAX = 500; // tracks whose names are held

/** Names by the number of a track. */
export class Names {
  #names = new Map();
  #heard = null; // numbers that were heard of while the history is read

  /** @param {number} track @returns {string|undefined} */
  get(track) {
    return this.#names.get(track);
  }

  /** Take in an event; what it says is newer than what the history said before. */
  hear({ type, track, person }) {
    if (!track) return;
    if (type === 'track_ended') this.#names.delete(track);
    else if (person?.name) this.set(track, person.name);
    else if (type.startsWith('person_')) this.set(track, '');
    else return;
    this.#heard?.add(track);
  }

  /** Say who a track is; '' takes the name away. */
  set(track, name) {
    this.#names.delete(track);
    if (name) this.#names.set(track, name);
    this.#heard?.add(track);
    if (this.#names.size > NAMED_MAX) this.#names.delete(this.#names.keys().next().value);
  }

  /** Read who is there: names change too when somebody corrects one or gives a new one. */
  async read() {
    if (this.#heard) return;
    this.#heard = new Set();
    try {
      const { items } = await ask('tracks', {
        query: { open: true, verdict: 'known', limit: NAMED_MAX } });
      const kept = [...this.#names].filter(([track]) => this.#heard.has(track));
      const read = items.filter(({ id, identity }) => (
        identity?.person?.name && !this.#heard.has(id)));
      this.#names = new Map([
        ...read.map(({ id, identity }) => [id, identity.person.name]), ...kept]);
    } finally {
      this.#heard = null;
    }
  }
}
