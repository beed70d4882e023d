/** The view at `#/tracks/<id>`: one track with its path. */
import { ask } from './api.js';
import { bdi, fact, h, svg } from './dom.js';
import { cameraHash } from './tile.js';
import { trackState } from './track_table.js';
import { clock, count, duration, score } from './words.js';

const HEIGHT = 1000; // units of the drawing; its width follows the camera's frame
const OPEN_REFRESH_MS = 5000;

/** One track, read from the history; read again while it is open. */
export class TrackView {
  #context;
  #id;
  #body = h('div', {}, h('p', { class: 'note' }, 'Reading…'));
  #timer = null;
  #shown = '';
  #closed = false;

  /** @param {import('./app.js').Context} context @param {string} id */
  constructor(context, id) {
    this.#context = context;
    this.#id = id;
    this.title = `Track ${id}`;
    this.heading = h('h1', { tabindex: '-1' }, this.title);
    this.element = h('div', { class: 'track-view' },
      h('div', { class: 'view-head' }, this.heading,
        h('a', { href: '#/tracks', class: 'back' }, 'All tracks')), this.#body);
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
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #load() {
    let track;
    try {
      track = await ask(`tracks/${encodeURIComponent(this.#id)}`);
    } catch (problem) {
      const gone = problem.status === 404;
      this.#body.replaceChildren(h('p', { class: 'empty' }, gone
        ? 'This track does not exist (any more).' : problem.message));
      return;
    }
    if (this.#closed) return;
    if (JSON.stringify(track) !== this.#shown) this.#draw(track);
    if (track.open) this.#timer = setTimeout(() => this.#load(), OPEN_REFRESH_MS);
  }

  #draw(track) {
    this.#shown = JSON.stringify(track);
    this.heading.replaceChildren(bdi(track.label || 'no label'),
      h('span', { class: 'tracker-id' }, ' #', bdi(track.tracker_id)));
    const camera = this.#context.bridge.cameras.get(track.camera);
    const status = this.#context.bridge.statusOf(track.camera);
    const ratio = sizeRatio(status) || sizeRatio(camera) || 16 / 9;
    this.#body.replaceChildren(h('div', { class: 'columns track-columns' },
      drawing(track, ratio, status?.frames_received > 0), facts(track)));
  }
}

const sizeRatio = (size) => (size?.width && size?.height ? size.width / size.height : 0);

function drawing(track, ratio, hasPictures) {
  const width = Math.round(HEIGHT * ratio);
  const points = track.path.map(({ x, y }) => [x * width, y * HEIGHT]);
  const label = `Path of ${track.label || 'the track'} through the picture of ${track.camera}: `
    + `${points.length} points`;
  const backdrop = hasPictures && h('img', {
    class: 'backdrop', alt: '', onerror: (event) => event.target.remove(),
    src: `api/v1/cameras/${encodeURIComponent(track.camera)}/snapshot.jpg?width=960`,
  });
  const picture = h('div', { class: 'path-stage' }, backdrop,
    svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': label },
      ...(points.length ? marks(points) : [])));
  picture.style.setProperty('--ratio', `${ratio}`);
  const caption = points.length
    ? `The way of its feet, the bottom centre of the box: from the ring to the dot.${
      hasPictures ? ' Behind it the camera as it is now.' : ''}`
    : 'No path was stored for this track.';
  return h('figure', {}, picture, h('figcaption', {}, caption));
}

function marks(points) {
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const [first, last] = [points[0], points[points.length - 1]];
  return [
    svg('polyline', { class: 'path-casing', points: line }),
    svg('polyline', { class: 'path-line', points: line }),
    ...points.slice(1, -1).map(([cx, cy]) => svg('circle', { class: 'path-point', cx, cy, r: 5 })),
    svg('circle', { class: 'path-start', cx: first[0], cy: first[1], r: 16 }),
    svg('circle', { class: 'path-end', cx: last[0], cy: last[1], r: 16 }),
  ];
}

function facts(track) {
  const time = (iso) => h('time', { datetime: iso, title: iso }, clock(iso));
  return h('dl', { class: 'facts wide' },
    fact('Camera', h('a', { href: cameraHash(track.camera) }, bdi(track.camera)))[0],
    fact('State', trackState(track))[0],
    fact('First seen', time(track.first))[0],
    fact('Last seen', time(track.last))[0],
    fact('Duration', duration(track.duration_s))[0],
    fact('Observations', count(track.observations))[0],
    fact('Score, top', score(track.score.top))[0],
    fact('Score, mean', score(track.score.mean))[0],
    fact('Score, last', score(track.score.last))[0],
    fact("Tracker's id", bdi(track.tracker_id))[0],
    fact('Track', String(track.id))[0]);
}
