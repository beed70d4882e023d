/** A field in which somebody chooses a person, or gives a new name. */
import { ask } from './api.js';
import { bdi, h, setText } from './dom.js';
import { score } from './words.js';

const TYPING_MS = 200;
const SUGGESTED = 20;
const LISTED = 200;
let fields = 0;

/** People as options of a `select`, those who were seen last. */
export async function personOptions() {
  const { items } = await ask('people', { query: { order: 'seen', limit: LISTED } });
  const sorted = items.sort((a, b) => a.name.localeCompare(b.name));
  return sorted.map(({ id, name }) => [String(id), name]);
}

/**
 * Suggests people while somebody types; `resolve` says who was meant.
 * @typedef {{title: string, known?: boolean, without?: number}} How
 *   known: only who is there already; without: the number of somebody who is not meant
 */
export class PersonChoice {
  #how;
  #field;
  #list;
  #hint = h('p', { class: 'summary', role: 'status' });
  #alike = h('div', { class: 'alike', hidden: true });
  #typing = null;

  /** @param {How} how */
  constructor(how) {
    this.#how = how;
    fields += 1;
    const id = `person-choice-${fields}`;
    this.#list = h('datalist', { id: `${id}-list` });
    this.#field = h('input', { id, required: true, maxlength: '200', autocomplete: 'off',
      list: `${id}-list`, oninput: () => this.#suggestSoon() });
    this.element = h('div', { class: 'person-choice' }, this.#alike,
      h('label', { for: id }, how.title), this.#field, this.#list, this.#hint);
    this.#suggest();
  }

  focus() {
    this.#field.focus();
  }

  /** Offer these as buttons: who is most like a face. @param {Object[]} candidates */
  offer(candidates) {
    const others = candidates.filter(({ person }) => person?.name);
    this.#alike.hidden = others.length === 0;
    this.#alike.replaceChildren(h('p', {}, 'Most alike:'), ...others.map(({
      person, similarity }) => h('button', { type: 'button', onclick: () => {
      this.#field.value = person.name;
      this.#field.focus();
      this.#suggest();
    } }, bdi(person.name), h('span', { class: 'summary' }, ` ${score(similarity)}`))));
  }

  /**
   * Say who is meant.
   * @returns {Promise<{person?: {id: number, name: string}, name?: string}>} a person who is
   *   known, or a name that nobody has
   */
  async resolve() {
    const name = this.#field.value.trim();
    if (!name) throw new Error('Say who it is.');
    const known = (await this.#find(name)).find((one) => one.name === name);
    if (!known && this.#how.known) throw new Error(`Nobody is called ${name}.`);
    return known ? { person: known } : { name };
  }

  #suggestSoon() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#suggest(), TYPING_MS);
  }

  async #suggest() {
    const name = this.#field.value.trim();
    let found = [];
    try {
      found = await this.#find(name);
    } catch {
      return; // names can be typed without being suggested
    }
    if (name !== this.#field.value.trim()) return;
    this.#list.replaceChildren(...found.map((one) => h('option', { value: one.name })));
    const known = found.some((one) => one.name === name);
    const fresh = this.#how.known ? 'Nobody is called so.' : 'Somebody new gets this name.';
    setText(this.#hint, name && (known ? 'This person is known.' : fresh));
  }

  async #find(query) {
    const { items } = await ask('people', { query: { query, limit: SUGGESTED } });
    return items.filter(({ id }) => id !== this.#how.without);
  }
}
