/** One camera on the wall: its picture, how it is, and the way to its own page. */
import { bdi, fact, h, setText } from './dom.js';
import { Spark } from './spark.js';
import { Stage } from './stage.js';
import { CAMERA_STATES, age, count, rate } from './words.js';

/** The address of a camera's own page. */
export const cameraHash = (name) => `#/camera/${encodeURIComponent(name)}`;

/** A state in a word and a shape, not by colour alone. */
export function stateMark() {
  return h('span', { class: 'state' });
}

/** Bring a `stateMark` up to date. */
export function showState(mark, status) {
  const state = CAMERA_STATES[status?.state] ? status.state : 'unknown';
  mark.dataset.state = state;
  setText(mark, CAMERA_STATES[state]);
}

/** Bring a list of problems up to date. */
export function showProblems(list, problems = []) {
  list.hidden = problems.length === 0;
  if (list.dataset.shown === JSON.stringify(problems)) return;
  list.dataset.shown = JSON.stringify(problems);
  list.replaceChildren(...problems.map((text) => h('li', {}, text)));
}

function settingsOf({ status, ...settings }) {
  return JSON.stringify(settings);
}

/** A tile of the wall. `show` brings its numbers up to date. */
export class Tile {
  #state = stateMark();
  #spark;
  #values;
  #problems = h('ul', { class: 'problems', hidden: true });

  /** @param {Object} camera as in docs/api.md @param {import('./bridge.js').Bridge} bridge */
  constructor(camera, bridge) {
    this.camera = camera;
    this.stage = new Stage(camera, bridge);
    this.#spark = new Spark('Observations per second in the last minute');
    const [seen, seenValue] = fact('Observations', '–',
      { title: 'Messages with boxes, per second', beside: this.#spark.element });
    const [frames, framesValue] = fact('Frames', '–', { title: 'Pictures per second' });
    const [tracks, tracksValue] = fact('Tracks', '–', { title: 'Targets in view now' });
    const [lost, lostValue] = fact('Lost', '–',
      { title: 'Messages that never arrived, since the start' });
    this.#values = { seen: seenValue, frames: framesValue, tracks: tracksValue, lost: lostValue };
    const name = h('a', { href: cameraHash(camera.name), class: 'tile-link' }, bdi(camera.name));
    this.element = h('li', { class: 'tile', 'data-camera': camera.name },
      h('div', { class: 'tile-head' }, h('h2', {}, name), this.#state),
      this.stage.element,
      h('dl', { class: 'tile-facts' }, seen, frames, tracks, lost),
      this.#problems);
  }

  /** @param {Object|undefined} status CameraStatus @param {number[]} course */
  show(status, course) {
    showState(this.#state, status);
    showProblems(this.#problems, status?.problems);
    if (!status) return;
    const values = this.#values;
    setText(values.seen, `${rate(status.boxes_hz)}/s`);
    setText(values.frames, `${rate(status.frames_hz)}/s`);
    setText(values.tracks, count(status.open_tracks));
    setText(values.lost, count(status.boxes_lost + status.frames_lost));
    values.lost.classList.toggle('bad', status.boxes_lost + status.frames_lost > 0);
    values.seen.title = `Last: ${age(status.boxes_age_s)}`;
    values.frames.title = `Last: ${age(status.frames_age_s)}`;
    this.#spark.show(course);
  }

  /** Whether it shows this camera, set up as it is now: else another tile must. */
  isOf(camera) {
    return Boolean(camera) && settingsOf(camera) === settingsOf(this.camera);
  }

  close() {
    this.stage.close();
  }
}
