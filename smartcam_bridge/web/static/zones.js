/** The view at `#/zones/<camera>`: zones, tripwires and masks, drawn over the live picture. */
import { ask } from './api.js';
import { bdi, h, setText } from './dom.js';
import { icon } from './icons.js';
import { ShapeCanvas } from './shape_canvas.js';
import { ShapeForm } from './shape_form.js';
import { readShapes, shapePath } from './shapes.js';
import { Stage } from './stage.js';
import { frameWish } from './wall.js';

const COUNTING = { anchor: 'bottom_center', labels: [], schedule: [], timezone: 'UTC' };
const NEW = {
  zone: { ...COUNTING, inertia: 3, inertia_s: 0, loiter_s: 0 },
  tripwire: { ...COUNTING, hysteresis: 0.01 },
  mask: { labels: [] },
};
const KINDS = { zone: 'Zone', tripwire: 'Tripwire', mask: 'Mask' };
const REFRESH_MS = 2000; // of how many are inside

/** The editor of one camera. */
export class Zones {
  title = 'Zones';
  #context;
  #camera;
  #stage = null;
  #canvas;
  #shapes = [];       // as stored, each with its `key`
  #draft = null;      // the chosen one with its changes
  #form = null;
  #refusal = '';
  #list = h('ul', { class: 'shape-list' });
  #side = h('div', { class: 'shape-side' });
  #note = h('p', { class: 'note', role: 'status' });
  #timer;
  #closed = false;

  /** @param {import('./app.js').Context} context @param {string} name of the camera, or '' */
  constructor(context, name) {
    this.#context = context;
    const { cameras } = context.bridge;
    this.#camera = cameras.get(name || [...cameras.keys()][0]);
    this.heading = h('h1', { tabindex: '-1' }, 'Zones');
    this.element = h('div', { class: 'zones-view' },
      h('div', { class: 'view-head' }, this.heading, this.#chooser()));
    this.#canvas = new ShapeCanvas({
      onChoose: (key) => this.#choose(key), onChange: (shape) => this.#change(shape),
      onDrawn: (shape) => this.#drawn(shape), onCancel: () => this.#say('Nothing was drawn.'),
      say: (text) => this.#say(text),
    });
    if (this.#camera) this.#build();
    else this.element.append(h('p', { class: 'empty' }, name ? 'There is no camera of this name.'
      : 'There is no camera yet to draw on. Add one on the page of cameras.'));
  }

  /** Boxes go to the picture and to the shapes above it. */
  stage(name) {
    const stage = this.#camera?.name === name && this.#stage;
    return stage ? {
      addBoxes: (boxes) => { stage.addBoxes(boxes); this.#canvas.showBoxes(boxes); },
      addFrame: (frame) => stage.addFrame(frame), drop: () => stage.drop(),
    } : undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {
    if (this.#context.bridge.cameras.has(this.#camera?.name) !== Boolean(this.#camera)) {
      this.#context.reopen();
    }
  }

  update() {
    const status = this.#context.bridge.statusOf(this.#camera?.name);
    if (!this.#stage || !status) return;
    this.#stage.tick(status);
    this.#stage.element.parentElement.style.setProperty('--ratio', String(this.#ratio()));
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#stage?.close();
  }

  get #editable() {
    return this.#context.role !== 'viewer' && this.#context.role !== '';
  }

  #ratio() {
    const status = this.#context.bridge.statusOf(this.#camera.name) || {};
    const { width, height } = status.width ? status : this.#camera;
    return width && height ? width / height : 16 / 9;
  }

  #chooser() {
    const names = [...this.#context.bridge.cameras.keys()];
    return names.length > 1 && h('div', { class: 'camera-choice' },
      h('label', { for: 'zones-camera' }, 'Camera'), h('select', { id: 'zones-camera',
        onchange: (event) => this.#context.navigate(
          `#/zones/${encodeURIComponent(event.target.value)}`) },
      ...names.map((value) => h('option', { value, selected: value === this.#camera?.name },
        value))));
  }

  #build() {
    this.#stage = new Stage(this.#camera, this.#context.bridge);
    const picture = h('div', { class: 'zone-stage' }, this.#stage.element, this.#canvas.element);
    picture.style.setProperty('--ratio', String(this.#ratio()));
    const tools = h('div', { class: 'tools', role: 'group', 'aria-label': 'Draw' },
      ...Object.entries(KINDS).map(([kind, name]) => h('button', { type: 'button',
        onclick: () => this.#draw(kind) }, icon(kind), `New ${name.toLowerCase()}`)));
    this.element.append(h('div', { class: 'columns zone-columns' },
      h('div', {}, this.#editable && tools, picture, this.#note),
      h('section', { 'aria-label': 'Zones, tripwires and masks' }, this.#list, this.#side)));
    this.#context.watch([this.#camera.name], frameWish(960));
    this.#timer = setInterval(() => this.#count(), REFRESH_MS);
    this.#load(null);
  }

  async #load(chosen) {
    try {
      const shapes = await readShapes([this.#camera.name], Object.keys(KINDS));
      if (this.#closed) return;
      this.#shapes = shapes.map((shape) => ({ ...shape, key: `${shape.kind} ${shape.id}` }));
      this.#choose(chosen);
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  /** How many are inside changes by itself; nothing that is being changed is touched. */
  async #count() {
    if (document.hidden || !this.#shapes.some(({ kind }) => kind === 'zone')) return;
    const zones = await readShapes([this.#camera.name], ['zone']).catch(() => []);
    for (const { id, occupancy } of zones) {
      const place = this.#list.querySelector(`[data-key="zone ${id}"] .occupancy`);
      if (place) setText(place, occupancyWords(occupancy));
    }
  }

  #draw(kind) {
    this.#choose(null);
    this.#canvas.draw(kind);
  }

  #drawn(shape) {
    const used = this.#shapes.map(({ name }) => name);
    let n = 1;
    while (used.includes(`${KINDS[shape.kind]} ${n}`)) n += 1;
    this.#draft = { ...NEW[shape.kind], ...shape, enabled: true, key: 'new',
      name: `${KINDS[shape.kind]} ${n}` };
    this.#show();
    this.#side.querySelector('#shape-name')?.select();
    this.#say('Drawn. Give it a name and save it; its points can be moved.');
  }

  #choose(key) {
    const shape = this.#shapes.find((one) => one.key === key);
    this.#draft = shape ? structuredClone(shape) : null;
    this.#refusal = '';
    this.#show();
  }

  #change(changes) {
    this.#draft = { ...this.#draft, ...changes };
    this.#refusal = '';
    this.#form?.take(this.#draft);
    this.#form?.showProblem(null);
    this.#paint();
  }

  #show() {
    this.#paint();
    const items = this.#shapes.map((shape) => h('li', { 'data-key': shape.key },
      h('button', { type: 'button', 'aria-pressed': String(shape.key === this.#draft?.key),
        onclick: () => { this.#choose(shape.key); this.#focusOn(shape.key); } }, icon(shape.kind),
      bdi(shape.name), h('span', { class: 'unit' }, shape.enabled ? '' : 'off'),
      shape.kind === 'zone' && h('span', { class: 'occupancy' },
        occupancyWords(shape.occupancy)))));
    this.#list.replaceChildren(...items);
    this.#form = this.#draft && new ShapeForm(this.#draft, this.#editable, {
      onChange: (changes) => this.#change(changes), onSave: () => this.#save(),
      onDelete: () => this.#delete(), onRevert: () => this.#choose(
        this.#draft.id ? this.#draft.key : null),
    });
    this.#side.replaceChildren(this.#form ? this.#form.element : this.#hint());
  }

  #focusOn(key) {
    this.#list.querySelector(`[data-key="${key}"] button`)?.focus();
  }

  #hint() {
    if (this.#shapes.length) return h('p', { class: 'note' }, 'Choose a shape to change it.');
    return h('div', { class: 'hint' }, h('h2', {}, 'Nothing is drawn yet'),
      h('p', {}, 'A zone tells who enters a place, stays, and how many are there. A tripwire '
        + 'counts who crosses a line, in and out. What lies in a mask is left out altogether.'),
      this.#editable && h('p', {}, 'Choose one above the picture and click its corners.'));
  }

  #paint() {
    const others = this.#shapes.filter(({ key }) => key !== this.#draft?.key);
    this.#canvas.show({ shapes: this.#draft ? [...others, this.#draft] : others,
      chosen: this.#draft?.key ?? null, editable: this.#editable, refusal: this.#refusal,
      ratio: this.#ratio() });
  }

  async #save() {
    const { key, id, kind, camera, occupancy, ...body } = this.#draft;
    try {
      const saved = id
        ? await ask(shapePath(this.#camera.name, kind, id), { method: 'PATCH', body })
        : await ask(shapePath(this.#camera.name, kind), { method: 'POST', body });
      await this.#load(`${kind} ${saved.id}`);
      this.#say(`${saved.name} is saved and counts from now on.`);
    } catch (problem) {
      this.#refusal = problem.message;
      this.#form.showProblem(problem);
      this.#paint();
    }
  }

  async #delete() {
    const { kind, id, name } = this.#draft;
    // eslint-disable-next-line no-alert -- the one question whose answer cannot be taken back
    if (!window.confirm(`Delete ${name}? What happened there stays in the history.`)) return;
    try {
      await ask(shapePath(this.#camera.name, kind, id), { method: 'DELETE' });
      await this.#load(null);
      this.#say(`${name} is deleted.`);
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  #say(text) {
    setText(this.#note, text);
  }
}

const occupancyWords = (n) => (n === null || n === undefined ? '' : `${n} inside`);
