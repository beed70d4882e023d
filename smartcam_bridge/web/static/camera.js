/** The view at `#/camera/<name>`: one camera large, with all that is known of it. */
import { bdi, fact, h, setText } from './dom.js';
import { RecognitionForm } from './recognition_form.js';
import { Spark } from './spark.js';
import { Stage } from './stage.js';
import { showProblems, showState, stateMark } from './tile.js';
import { TrackTable } from './track_table.js';
import { frameWish } from './wall.js';
import { age, count, rate, topic } from './words.js';

const RECENT = 10;
const KINDS = { image: 'Pictures', info: 'Camera info', detections: 'Detections', tracks: 'Tracks',
  faces: 'Faces', embeddings: 'Embeddings' };

const RECOGNITION = { on: 'on', off: 'off', closed: 'outside of its hours' };

/** Numbers of a CameraStatus: name, explanation, how it is said. */
const FACTS = [
  ['Observations', 'Messages with boxes, per second', (s) => `${rate(s.boxes_hz)}/s`],
  ['Last boxes', 'When boxes came last', (s) => age(s.boxes_age_s)],
  ['Frames', 'Pictures per second, while somebody watches',
    (s) => (s.watched ? `${rate(s.frames_hz)}/s` : 'not watched')],
  ['Last frame', 'When a picture came last', (s) => age(s.frames_age_s)],
  ['Frame size', 'Pixels', (s) => (s.width ? `${s.width} × ${s.height}` : 'not known yet')],
  ['Boxes from', 'Tracks supersede detections where both come', (s) => s.source || 'none yet'],
  ['Open tracks', 'Targets in view now', (s) => count(s.open_tracks)],
  ['Received', 'Messages with boxes since the start', (s) => count(s.received)],
  ['Boxes lost', 'Messages with boxes that never arrived', (s) => count(s.boxes_lost)],
  ['Frames lost', 'Pictures that never arrived', (s) => count(s.frames_lost)],
  ['Refused', 'Messages and boxes that made no sense', (s) => count(s.invalid)],
  ['Recognition', 'Whether faces get names, and whose embeddings they are',
    (s) => (s.faces ? `${RECOGNITION[s.faces.state] || s.faces.state}, ${s.faces.model}` : '–')],
  ['Faces', 'Messages with faces since the start', (s) => (s.faces ? count(s.faces.received) : '–')],
  ['Waiting', 'Messages that wait until the frame size is known', (s) => count(s.waiting)],
];

/** One camera. Escape goes back to the wall. */
export class CameraView {
  #context;
  #camera;
  #stage = null;
  #state = stateMark();
  #problems = h('ul', { class: 'problems', hidden: true });
  #spark = new Spark('Observations per second in the last minute');
  #values = [];
  #silent = h('section', { class: 'hint', hidden: true });
  #recent;
  #eyes = null;
  #onKey = (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) this.#context.navigate('#/');
  };

  /** @param {import('./app.js').Context} context @param {string} name */
  constructor(context, name) {
    this.#context = context;
    this.title = name;
    this.heading = h('h1', { tabindex: '-1' }, bdi(name));
    this.#camera = context.bridge.cameras.get(name);
    const back = h('a', { href: '#/', class: 'back' }, 'All cameras');
    this.element = h('div', { class: 'camera-view' },
      h('div', { class: 'view-head' }, this.heading, this.#state, back,
        h('a', { href: `#/zones/${encodeURIComponent(name)}` }, 'Zones and tripwires')));
    if (this.#camera) this.#build();
    else if (context.bridge.loaded) {
      this.element.append(h('p', { class: 'empty' }, 'There is no camera of this name.'));
    }
    document.addEventListener('keydown', this.#onKey);
    this.update();
  }

  stage(name) {
    return this.#camera?.name === name ? this.#stage : undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {
    const known = this.#context.bridge.cameras.has(this.title);
    if (known !== Boolean(this.#camera)) this.#context.reopen();
  }

  update() {
    const { bridge } = this.#context;
    const status = bridge.statusOf(this.title);
    if (!this.#camera || !status) return;
    showState(this.#state, status);
    showProblems(this.#problems, status.problems);
    this.#stage.tick(status);
    this.#recent.tick();
    FACTS.forEach(([, , say], i) => setText(this.#values[i], say(status)));
    this.#spark.show(bridge.courses.get(this.title) || []);
    this.#silent.hidden = status.state !== 'silent';
    if (status.width) {
      this.#stage.element.style.setProperty('--ratio', `${status.width / status.height}`);
    }
  }

  close() {
    document.removeEventListener('keydown', this.#onKey);
    this.#eyes?.disconnect();
    this.#stage?.close();
    this.#recent?.close();
  }

  #build() {
    const camera = this.#camera;
    this.#stage = new Stage(camera, this.#context.bridge);
    this.#recent = new TrackTable(this.#context.bridge, { limit: RECENT, compact: true });
    this.#recent.load({ camera: camera.name });
    this.#silent.append(...silentWords(camera));
    this.element.append(this.#stage.element, this.#problems, this.#silent,
      h('div', { class: 'columns' }, this.#details(),
        h('section', { 'aria-labelledby': 'camera-tracks' },
          h('div', { class: 'view-head' }, h('h2', { id: 'camera-tracks' }, 'Recent tracks'),
            h('a', { href: `#/tracks?${new URLSearchParams({ camera: camera.name })}` },
              'All of this camera')),
          this.#recent.element)));
    this.#eyes = new IntersectionObserver(([{ isIntersecting, target }]) => (
      this.#context.watch(isIntersecting ? [camera.name] : [], frameWish(target.clientWidth))));
    this.#eyes.observe(this.#stage.element);
  }

  #details() {
    const facts = FACTS.map(([name, title], i) => {
      const [element, value] = fact(name, '–', { title, beside: i ? null : this.#spark.element });
      this.#values.push(value);
      return element;
    });
    const topics = Object.entries(KINDS).map(([kind, name]) => (
      fact(name, h('code', {}, topic(this.#camera, kind)))[0]));
    return h('section', { 'aria-labelledby': 'camera-details' },
      h('h2', { id: 'camera-details' }, 'Details'),
      h('dl', { class: 'facts' }, ...facts),
      this.#context.role === 'admin'
        && new RecognitionForm(this.#context.bridge, this.#camera).element,
      h('h2', {}, 'Topics'),
      h('dl', { class: 'facts wide' }, ...topics));
  }
}

function silentWords(camera) {
  return [
    h('h2', {}, 'Nothing comes in'),
    h('p', {}, 'The bridge is listening, but nobody publishes. These commands show whether '
      + 'anything is sent, and by whom:'),
    h('pre', { tabindex: '0' }, h('code', {}, [
      `ros2 topic hz ${topic(camera, 'detections')}`,
      `ros2 topic hz ${topic(camera, 'tracks')}`,
      `ros2 topic info --verbose ${topic(camera, 'image')}`,
    ].join('\n'))),
    h('p', {}, 'Compressed pictures are taken from the same topic with /compressed added, and '
      + 'are preferred. Check ROS_DOMAIN_ID and the namespace when the topics are there but '
      + 'stay silent here.'),
  ];
}
