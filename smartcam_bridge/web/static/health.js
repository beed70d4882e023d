/** The view at `#/health`: every camera's numbers in one table, the recorder, and recognition. */
import { bdi, fact, h, row, setText, table } from './dom.js';
import { RecognitionHealth } from './recognition_health.js';
import { lossWords, recorderWords } from './recorder.js';
import { Spark } from './spark.js';
import { cameraHash, showProblems, showState, stateMark } from './tile.js';
import { age, bytes, count, rate } from './words.js';

const COLUMNS = ['Camera', 'State', 'Observations', 'Last boxes', 'Frames', 'Last frame', 'Tracks',
  'Boxes lost', 'Frames lost', 'Refused', 'Waiting'];

/** Numbers of the columns after Observations. */
const SAY = [
  (s) => age(s.boxes_age_s),
  (s) => (s.watched ? `${rate(s.frames_hz)}/s` : 'not watched'),
  (s) => age(s.frames_age_s),
  (s) => count(s.open_tracks),
  (s) => count(s.boxes_lost),
  (s) => count(s.frames_lost),
  (s) => count(s.invalid),
  (s) => count(s.waiting),
];

/** Cameras and recorder. */
export class Health {
  title = 'Health';
  #context;
  #table = table('Health of the cameras', COLUMNS);
  #rows = new Map(); // name -> its parts
  #problems = h('ul', { class: 'problems', hidden: true });
  #state = h('span', { class: 'state' });
  #notice = h('p', { class: 'notice', hidden: true });
  #losses = h('p', { class: 'notice', hidden: true });
  #meter = h('meter', { min: '0', max: '1', 'aria-label': 'Filling of the recorder queue' });
  #values = {};
  #recognition = new RecognitionHealth();

  /** @param {import('./app.js').Context} context */
  constructor(context) {
    this.#context = context;
    this.heading = h('h1', { tabindex: '-1' }, 'Health');
    this.element = h('div', { class: 'health-view' },
      h('div', { class: 'view-head' }, this.heading),
      h('section', { 'aria-labelledby': 'health-cameras' },
        h('h2', { id: 'health-cameras' }, 'Cameras'), this.#problems,
        h('div', { class: 'scroll' }, this.#table.element)),
      this.#recorder(), this.#recognition.element);
    this.refresh();
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {
    this.#rows.clear();
    for (const name of this.#context.bridge.cameras.keys()) this.#rows.set(name, makeRow(name));
    this.#table.body.replaceChildren(...[...this.#rows.values()].map(({ element }) => element));
    this.update();
  }

  update() {
    const { bridge } = this.#context;
    const problems = [];
    for (const [name, { state, seen, spark, cells }] of this.#rows) {
      const status = bridge.statusOf(name);
      showState(state, status);
      if (!status) continue;
      setText(seen, `${rate(status.boxes_hz)}/s`);
      spark.show(bridge.courses.get(name) || []);
      cells.forEach((cell, i) => setText(cell, SAY[i](status)));
      problems.push(...status.problems.map((text) => `${name}: ${text}`));
    }
    showProblems(this.#problems, problems);
    this.#showRecorder(bridge.recorder);
    this.#recognition.show(bridge.recognition);
  }

  close() {}

  #recorder() {
    const made = ['Waiting', 'Database', 'Stored', 'Last commit', 'Thinned', 'Dropped']
      .map((name, i) => {
        const [element, value] = fact(name, '–', { beside: i ? null : this.#meter });
        this.#values[name] = value;
        return element;
      });
    return h('section', { 'aria-labelledby': 'health-recorder' },
      h('div', { class: 'view-head' },
        h('h2', { id: 'health-recorder' }, 'Recorder'), this.#state),
      this.#notice, this.#losses, h('dl', { class: 'facts' }, ...made));
  }

  #showRecorder(recorder) {
    const { state, word, notice } = recorderWords(recorder, this.#context.bridge.paused);
    this.#state.dataset.state = state;
    setText(this.#state, word);
    const losses = recorder ? lossWords(recorder) : '';
    for (const [node, text] of [[this.#notice, notice], [this.#losses, losses]]) {
      node.hidden = !text;
      setText(node, text);
    }
    if (!recorder) return;
    const values = this.#values;
    setText(values.Waiting, `${count(recorder.backlog)} of ${count(recorder.capacity)} tasks`);
    setText(values.Database, bytes(recorder.database_bytes));
    setText(values.Stored, `${count(recorder.recorded)} observations`);
    setText(values['Last commit'], age(recorder.commit_age_s));
    setText(values.Thinned, count(recorder.thinned));
    setText(values.Dropped, count(recorder.dropped));
    this.#meter.value = recorder.capacity ? recorder.backlog / recorder.capacity : 0;
  }
}

function makeRow(name) {
  const state = stateMark();
  const seen = h('span', { class: 'number' });
  const spark = new Spark(`Observations per second of ${name} in the last minute`);
  const element = row([
    [COLUMNS[0], h('a', { href: cameraHash(name) }, bdi(name))],
    [COLUMNS[1], state],
    [COLUMNS[2], seen, spark.element],
    ...COLUMNS.slice(3).map((column) => [column, '–']),
  ]);
  return { element, state, seen, spark, cells: [...element.cells].slice(3) };
}
