/** The wall: every camera, live where it can be seen, and the tracks that came last. */
import { CameraForm } from './camera_form.js';
import { h, setText } from './dom.js';
import { Tile } from './tile.js';
import { TrackTable } from './track_table.js';
import { CAMERA_STATES } from './words.js';

const RECENT = 16;
const NARROW = '(max-width: 600px)';
const SAVING_FPS = 10;

/**
 * Say which size and rate of frames to ask for. Frames pass through the bridge untouched unless a
 * width is asked for, so nothing is asked for but where the way to this browser is likely weak.
 * @param {number} cssWidth of the picture on the page
 */
export function frameWish(cssWidth) {
  const saving = navigator.connection?.saveData || window.matchMedia(NARROW).matches;
  if (!saving || !cssWidth) return {};
  const pixels = cssWidth * Math.min(window.devicePixelRatio || 1, 1.5);
  return { fps: SAVING_FPS, width: Math.ceil(pixels / 160) * 160 };
}

/** The view at `#/`. */
export class Wall {
  title = 'Cameras';
  #context;
  #tiles = new Map();
  #visible = new Set();
  #list = h('ul', { class: 'wall', 'aria-label': 'Cameras' });
  #empty = h('section', { class: 'empty', hidden: true });
  #summary = h('p', { class: 'summary' });
  #recent;
  #eyes;

  /** @param {import('./app.js').Context} context */
  constructor(context) {
    this.#context = context;
    this.#recent = new TrackTable(context.bridge, { limit: RECENT, compact: true });
    this.heading = h('h1', { tabindex: '-1' }, 'Cameras');
    this.element = h('div', { class: 'wall-view' },
      h('section', { class: 'cameras' },
        h('div', { class: 'view-head' }, this.heading, this.#summary), this.#list, this.#empty,
        context.role === 'admin' && new CameraForm(context.bridge).element),
      h('aside', { class: 'recent', 'aria-labelledby': 'recent-title' },
        h('div', { class: 'view-head' }, h('h2', { id: 'recent-title' }, 'Recent tracks'),
          h('a', { href: '#/tracks' }, 'All tracks')),
        this.#recent.element));
    this.#eyes = new IntersectionObserver((entries) => this.#look(entries),
      { rootMargin: '80px' });
    this.refresh();
    this.#recent.load({});
  }

  /** Which stage shows this camera, if any. */
  stage(name) {
    return this.#tiles.get(name)?.stage;
  }

  /** Where the focus goes when coming back from a camera's page. */
  focusTarget(from) {
    const camera = from?.startsWith('#/camera/') && decodeURIComponent(from.slice(9));
    return this.#tiles.get(camera)?.element.querySelector('a') || this.heading;
  }

  /** The list of cameras changed. */
  refresh() {
    const { cameras } = this.#context.bridge;
    for (const [name, tile] of this.#tiles) {
      if (!tile.isOf(cameras.get(name))) this.#remove(name, tile);
    }
    for (const camera of cameras.values()) {
      if (!this.#tiles.has(camera.name)) {
        const tile = new Tile(camera, this.#context.bridge);
        this.#tiles.set(camera.name, tile);
        this.#eyes.observe(tile.element);
      }
    }
    this.#list.replaceChildren(...[...cameras.keys()].map((name) => this.#tiles.get(name).element));
    const { loaded } = this.#context.bridge;
    this.#empty.hidden = cameras.size > 0 || !loaded;
    this.#list.hidden = cameras.size === 0;
    if (cameras.size === 0) this.#empty.replaceChildren(...noCameras());
    this.update();
  }

  /** Status came, or time went by. */
  update() {
    const { bridge } = this.#context;
    this.#recent.tick();
    const states = new Map();
    for (const [name, tile] of this.#tiles) {
      const status = bridge.statusOf(name);
      tile.show(status, bridge.courses.get(name) || []);
      tile.stage.tick(status);
      const word = CAMERA_STATES[status?.state] || CAMERA_STATES.unknown;
      states.set(word, (states.get(word) || 0) + 1);
    }
    setText(this.#summary, [...states].map(([word, n]) => `${n} ${word.toLowerCase()}`).join(', '));
  }

  close() {
    this.#eyes.disconnect();
    this.#recent.close();
    for (const tile of this.#tiles.values()) tile.close();
  }

  #remove(name, tile) {
    this.#eyes.unobserve(tile.element);
    this.#visible.delete(name);
    tile.close();
    this.#tiles.delete(name);
  }

  #look(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#visible.add(target.dataset.camera);
      else this.#visible.delete(target.dataset.camera);
    }
    const names = [...this.#visible].filter((name) => this.#tiles.has(name)).sort();
    const width = this.#list.firstElementChild?.clientWidth || 0;
    this.#context.watch(names, frameWish(width));
  }
}

function noCameras() {
  return [
    h('h2', {}, 'No cameras yet'),
    h('p', {}, 'Name them when the bridge starts, and they appear here by themselves:'),
    h('pre', { tabindex: '0' }, h('code', {},
      "ros2 run smartcam_bridge bridge --ros-args -p cameras:=\"['front']\"")),
    h('p', {}, 'A camera named front listens to /front/image or /front/image/compressed, '
      + '/front/camera_info, /front/detections and /front/tracks.'),
  ];
}

