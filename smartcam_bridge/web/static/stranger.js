/** The view at `#/strangers/<id>`: one stranger, where and when, and what to do about it. */
import { ask } from './api.js';
import { bdi, fact, h } from './dom.js';
import { askName } from './naming.js';
import { peopleTabs } from './people_tabs.js';
import { many, personHash, strangerHash } from './people_words.js';
import { PersonSeen } from './person_seen.js';
import { operates } from './roles.js';
import { askForget, askMerge } from './stranger_actions.js';
import { cameraHash } from './tile.js';
import { trackHash } from './track_table.js';
import { clock, score } from './words.js';

/** One stranger; operators name and forget it. */
export class StrangerView {
  title = 'Stranger';
  #context;
  #id;
  #body = h('div', {}, h('p', { class: 'note' }, 'Reading…'));
  #facts = h('div', {});
  #faces = h('ol', { class: 'story', 'aria-labelledby': 'faces-title' });
  #seen = null;

  /** @param {import('./app.js').Context} context @param {string} id */
  constructor(context, id) {
    this.#context = context;
    this.#id = encodeURIComponent(id);
    this.title = `Stranger ${id}`;
    this.heading = h('h1', { tabindex: '-1' }, this.title);
    this.element = h('div', { class: 'people-view' }, peopleTabs('strangers', context.role),
      h('div', { class: 'view-head' }, this.heading,
        h('a', { href: '#/strangers', class: 'back' }, 'All strangers')), this.#body);
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
    let stranger;
    try {
      stranger = await ask(`strangers/${this.#id}`);
    } catch (problem) {
      this.#body.replaceChildren(h('p', { class: 'empty' }, problem.status === 404
        ? 'There is no stranger of this number (any more). Who was named, is another stranger '
          + 'after all, or was not seen for long has none.' : problem.message));
      return;
    }
    this.#show(stranger);
    this.#seen = new PersonSeen({ stranger: stranger.id }, this.#context.bridge);
    this.#body.replaceChildren(h('div', { class: 'columns person-columns' },
      h('section', { 'aria-label': 'What is known' }, this.#facts, this.#actions(stranger)),
      h('div', { class: 'person-parts' }, this.#seen.element,
        stranger.faces && h('section', {}, h('h2', { id: 'faces-title' }, 'Newest faces'),
          this.#faces))));
  }

  #show({ first, last, tracks, sightings, alerted, model, cameras, faces }) {
    this.#facts.replaceChildren(h('dl', { class: 'facts wide' },
      fact('First seen', h('time', { datetime: first }, clock(first)))[0],
      fact('Last seen', h('time', { datetime: last }, clock(last)))[0],
      fact('Seen in', `${many(tracks, 'track')}, ${many(sightings, 'face')}`)[0],
      fact('By', cameras.length ? h('ul', { class: 'plain-list' }, ...cameras.map(seenBy))
        : 'no camera that is kept')[0],
      fact('Told of', alerted ? h('time', { datetime: alerted }, clock(alerted)) : 'not yet')[0],
      fact('Embeddings', bdi(model))[0]));
    this.#faces.replaceChildren(...(faces?.length ? faces.map(faceLine)
      : [h('li', {}, 'None is kept')]));
  }

  #actions(stranger) {
    if (!operates(this.#context.role)) return '';
    const go = (hash) => this.#context.navigate(hash);
    return h('div', { class: 'person-actions' },
      h('button', { type: 'button',
        onclick: () => askName(stranger, (person) => go(personHash(person.id))) }, 'Who is it?'),
      h('button', { type: 'button',
        onclick: () => askMerge(stranger, (into) => go(strangerHash(into))) }, 'Same as…'),
      h('button', { type: 'button', class: 'danger',
        onclick: () => askForget(stranger, () => go('#/strangers')) }, 'Forget…'));
  }
}

const seenBy = ({ camera, tracks, last }) => h('li', {}, h('a', { href: cameraHash(camera) },
  bdi(camera)), `, ${many(tracks, 'track')}, last `, h('time', { datetime: last }, clock(last)));

const faceLine = ({ stamp, camera, track, face_px: size, quality }) => h('li', {},
  h('time', { datetime: stamp }, clock(stamp)),
  h('a', { href: trackHash(track), class: 'plain' }, `Track ${track}`),
  h('span', { class: 'summary' }, bdi(camera), `, ${Math.round(size)} px, quality `,
    score(quality)));
