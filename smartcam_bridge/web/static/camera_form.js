/** A form that adds a camera, for those who may. */
import { ask } from './api.js';
import { h, setText } from './dom.js';

/** Field of the API, what it is called, and what it is where it is left empty. */
const TOPICS = [
  ['image_topic', 'Pictures', 'image'], ['info_topic', 'Camera info', 'camera_info'],
  ['detections_topic', 'Detections', 'detections'], ['tracks_topic', 'Tracks', 'tracks'],
  ['faces_topic', 'Faces', 'faces'], ['embeddings_topic', 'Embeddings', 'face_embeddings'],
];

/** Folded up until somebody opens it. */
export class CameraForm {
  #bridge;
  #message = h('p', { class: 'notice', role: 'alert', hidden: true });
  #form;

  /** @param {import('./bridge.js').Bridge} bridge */
  constructor(bridge) {
    this.#bridge = bridge;
    const name = field('name', 'Name', { required: true, placeholder: 'front_door' });
    const topics = TOPICS.map(([key, title, end]) => (
      field(key, `${title} topic`, { placeholder: `<name>/${end}` })));
    const model = field('face_model', 'Face model', { placeholder: 'as all cameras' });
    this.#form = h('form', {
      class: 'filter',
      'aria-label': 'Add a camera',
      onsubmit: (event) => { event.preventDefault(); this.#add(); },
    }, name, ...topics, model, h('button', { type: 'submit' }, 'Add'));
    this.element = h('details', { class: 'add' }, h('summary', {}, 'Add a camera'),
      this.#form, this.#message);
  }

  async #add() {
    const fields = [...new FormData(this.#form)].map(([key, value]) => [key, value.trim()]);
    const body = Object.fromEntries(fields.filter(([, value]) => value));
    try {
      await ask('cameras', { method: 'POST', body });
      this.#form.reset();
      this.#say('');
      this.element.open = false;
      await this.#bridge.load();
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  #say(text) {
    setText(this.#message, text);
    this.#message.hidden = !text;
  }
}

function field(name, title, more) {
  const id = `camera-${name}`;
  return h('div', {}, h('label', { for: id }, title), h('input', {
    id, name, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', ...more,
  }));
}
