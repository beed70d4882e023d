/** How recognition is: whom it knows, what became of faces, how long a face takes. */
import { fact, h, row, setText, table } from './dom.js';
import { bytes, count } from './words.js';

/** What became of faces that were not compared, in words. */
const REFUSED = {
  too_small: 'too small', too_poor: 'too poor', trackless: 'in no track’s box',
  torn: 'two tracks were as likely', contradicted: 'the track that was told is elsewhere',
  no_box: 'outside the frame', unknown_model: 'no threshold for their model',
  wrong_dimension: 'another dimension', not_finite: 'NaN or infinity', no_length: 'zero',
};

/** Of all faces that came in: what became of how many, the most first. */
export function becameOf(counters) {
  return Object.entries({ compared: 'compared with people', ...REFUSED })
    .map(([kind, words]) => [words, counters[kind] || 0])
    .filter(([, faces]) => faces)
    .sort(([, a], [, b]) => b - a);
}

/** Galleries in words; '' where there is none. */
export function galleryWords(galleries) {
  return Object.entries(galleries).map(([model, gallery]) => (
    `${model}: ${count(gallery.templates)} faces, ${bytes(gallery.bytes)}`)).join('; ');
}

/** The section of `#/health`; hidden until there are people or faces. */
export class RecognitionHealth {
  #values = {};
  #table = table('What became of faces', ['Faces', 'Number', 'Share']);

  constructor() {
    const facts = ['People', 'Known by', 'Tracks named', 'Strangers', 'Left open', 'Per face']
      .map((name) => {
        const [element, value] = fact(name);
        this.#values[name] = value;
        return element;
      });
    this.element = h('section', { 'aria-labelledby': 'health-recognition', hidden: true },
      h('h2', { id: 'health-recognition' }, 'Recognition'),
      h('dl', { class: 'facts' }, ...facts),
      h('div', { class: 'scroll' }, this.#table.element));
  }

  /** @param {Object|null} recognition RecognitionStatus */
  show(recognition) {
    const { people = 0, galleries = {}, counters = {} } = recognition || {};
    this.element.hidden = !people && !counters.faces;
    if (this.element.hidden) return;
    const { match_p50_ms: usual, match_p95_ms: slow } = recognition;
    setText(this.#values.People, count(people));
    setText(this.#values['Known by'], galleryWords(galleries) || 'no face yet');
    setText(this.#values['Tracks named'], count(counters.known));
    setText(this.#values.Strangers, count(counters.unknown));
    setText(this.#values['Left open'], count(counters.ambiguous));
    setText(this.#values['Per face'], usual === null ? '–'
      : `${usual.toFixed(2)} ms, of 20 the slowest ${slow.toFixed(2)} ms`);
    const became = becameOf(counters);
    const all = became.reduce((sum, [, faces]) => sum + faces, 0);
    this.#table.element.hidden = !all;
    this.#table.body.replaceChildren(...became.map(([words, faces]) => row([
      ['Faces', words], ['Number', count(faces)],
      ['Share', h('meter', { min: '0', max: '1', value: `${faces / all}`,
        'aria-label': `Share of faces: ${words}` }), ` ${(100 * faces / all).toFixed(1)} %`]])));
  }
}
