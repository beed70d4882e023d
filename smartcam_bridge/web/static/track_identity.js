/** Who a track was, on its page: how alike, and what to do where that is wrong. */
import { ask } from './api.js';
import { bdi, h } from './dom.js';
import { enroll } from './enroll.js';
import { askEnroll } from './naming.js';
import { face, personLink, strangerHash } from './people_words.js';
import { operates } from './roles.js';
import { score } from './words.js';

/** Stands while the track is read again; `show` brings it up to date. */
export class TrackIdentity {
  #context;
  #onChange;
  #track = null;
  #shown = '';
  #words = h('div', { class: 'who' });
  #actions = h('div', { class: 'person-actions' });
  #note = h('div', { class: 'who-note', role: 'status' });

  /** @param {import('./app.js').Context} context @param {() => Promise<void>} onChange */
  constructor(context, onChange) {
    this.#context = context;
    this.#onChange = onChange;
    this.element = h('section', { class: 'identity', 'aria-labelledby': 'identity-title' },
      h('h2', { id: 'identity-title' }, 'Who it was'), this.#words, this.#actions, this.#note);
  }

  /** @param {Object} track as in docs/api.md @param {boolean} hasFace whether one is held */
  show(track, hasFace) {
    this.#track = track;
    const shown = JSON.stringify([track.identity, hasFace]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#words.replaceChildren(...words(track.identity));
    this.#portray(track.identity?.person);
    if (!operates(this.#context.role)) return;
    const { person } = track.identity || {};
    this.#actions.replaceChildren(
      person ? h('button', { type: 'button', onclick: () => this.#reject(person) },
        'Not this person') : '',
      hasFace ? h('button', { type: 'button', onclick: () => this.#enroll() }, 'Enroll as…') : '',
    );
  }

  /** Whether there is a picture of somebody is told with the person only. */
  async #portray(person) {
    const known = person?.name && await ask(`people/${person.id}`).catch(() => null);
    if (!known?.picture || this.#track.identity?.person?.id !== known.id) return;
    this.#words.querySelector('.face')?.replaceWith(face(known, 'small'));
  }

  async #reject(person) {
    try {
      await ask(`tracks/${this.#track.id}/reject-identity`, { method: 'POST' });
    } catch (problem) {
      this.#say(problem.message);
      return;
    }
    this.#context.bridge.names.set(this.#track.id, '');
    const back = h('button', { type: 'button', onclick: () => this.#takeBack(person) },
      'It is ', bdi(person.name), ' after all');
    this.#say(h('p', {}, 'Not ', bdi(person.name), ': this track and its events lost the name. Faces '
      + 'like this one do not get it any more; others still do.'), back);
    await this.#onChange();
    back.focus();
  }

  async #takeBack(person) {
    await enroll(person.id, { track: this.#track.id }, { role: this.#context.role,
      show: (...children) => this.#say(...children), done: () => this.#named(person) });
  }

  #enroll() {
    this.#say();
    askEnroll(this.#track, { role: this.#context.role, done: (person) => this.#named(person) });
  }

  async #named(person) {
    this.#context.bridge.names.set(this.#track.id, person.name);
    this.#say(h('p', {}, 'Enrolled as ', personLink(person), '.'));
    await this.#onChange();
    this.#note.querySelector('a')?.focus();
  }

  #say(...children) {
    this.#note.replaceChildren(...children);
  }
}

function words(identity) {
  const { verdict, person, stranger, similarity } = identity || {};
  const alike = similarity > 0 && h('span', { class: 'summary',
    title: 'Cosine of its faces with the nearest template' }, `similarity ${score(similarity)}`);
  if (person) {
    return [face(person, 'small'),
      h('p', {}, h('b', {}, personLink(person)), ' ', alike)];
  }
  if (verdict === 'ambiguous') {
    return [h('p', {}, 'More than one person is as alike, so it has no name. ', alike)];
  }
  if (verdict) {
    return [h('p', {}, stranger ? h('a', { href: strangerHash(stranger) }, `Stranger ${stranger}`)
      : 'A stranger', ': like nobody who has a name. ', alike)];
  }
  return [h('p', { class: 'summary' }, 'Its faces did not tell: none was seen, or too few.')];
}
