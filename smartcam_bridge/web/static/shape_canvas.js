/** Shapes over a picture: shown, chosen, drawn, and moved by mouse, touch and keyboard. */
import { h, svg } from './dom.js';
import { anchorOf, centre, inside, middles, pointsOf, tidy, withPoints } from './outline.js';
import { drawn } from './shape_drawing.js';

const HEIGHT = 1000;     // units of the drawing
const STEP = 0.005;      // of the frame, by an arrow key
const BIG_STEP = 0.05;   // with Shift
const CLOSE_PX = 14;     // a click so near to the first point closes an outline
const NEEDED = { zone: 3, tripwire: 2, mask: 3 };

/**
 * What the canvas tells.
 * @typedef {{onChoose: (key: any) => void, onChange: (shape: Object) => void,
 *   onDrawn: (shape: Object) => void, onCancel: () => void, say: (text: string) => void}} Told
 */

/** Lies over a picture of the same size. `show` brings it up to date. */
export class ShapeCanvas {
  #told;
  #ratio = 16 / 9;
  #shapes = [];
  #chosen = null;     // key of the shape that is changed
  #editable = false;
  #refusal = '';
  #drawing = null;    // {kind, points}: what is being drawn
  #cross = [0.5, 0.5];
  #boxes = null;
  #drag = null;
  #anchors = null;
  #svg = svg('svg', { class: 'shapes', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  #handles = h('div', { class: 'handles' });
  #note = h('p', { class: 'refusal', hidden: true });

  /** @param {Told} told */
  constructor(told) {
    this.#told = told;
    this.element = h('div', { class: 'shape-canvas',
      onpointerdown: (event) => this.#press(event), onpointermove: (event) => this.#move(event),
      onpointerup: () => this.#release(), onpointercancel: () => this.#release(),
      ondblclick: () => this.#finish(), onkeydown: (event) => this.#key(event),
    }, this.#svg, this.#handles, this.#note);
  }

  get isDrawing() {
    return this.#drawing !== null;
  }

  /**
   * @param {{shapes: Object[], chosen: any, editable: boolean, refusal: string, ratio: number}}
   *   what shapes: each with `key`; refusal: what the bridge said about the chosen one
   */
  show({ shapes, chosen, editable, refusal, ratio }) {
    this.#shapes = shapes;
    this.#chosen = chosen;
    this.#editable = editable;
    this.#refusal = refusal;
    this.#ratio = ratio;
    this.#paint();
  }

  /** Show where boxes count. @param {{boxes: number[][], labels: string[]}} boxes */
  showBoxes(boxes) {
    this.#boxes = boxes;
    if (!this.#drag) this.#paintAnchors();
  }

  /** Begin to draw. */
  draw(kind) {
    this.#drawing = { kind, points: [] };
    this.#cross = [0.5, 0.5];
    this.element.tabIndex = 0;
    this.element.setAttribute('role', 'application');
    this.element.setAttribute('aria-label', `Drawing a ${kind}`);
    this.element.focus({ preventScroll: true });
    this.#paint();
    this.#told.say(`Drawing a ${kind}: click, or move the cross by arrow keys and press Space, `
      + `for each ${kind === 'tripwire' ? 'end' : 'corner'}; Enter finishes, Escape gives up.`);
  }

  /** Give up drawing. */
  cancel() {
    this.#drawing = null;
    this.element.removeAttribute('tabindex');
    this.element.removeAttribute('role');
    this.element.removeAttribute('aria-label');
    this.#paint();
  }

  #at(event) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return tidy([(event.clientX - left) / width, (event.clientY - top) / height]);
  }

  #press(event) {
    if (event.button !== 0) return;
    const at = this.#at(event);
    if (this.#drawing) {
      event.preventDefault();
      this.element.focus({ preventScroll: true });
      this.#add(at);
      return;
    }
    const handle = event.target.closest('.handle');
    if (!handle) {
      const hit = [...this.#shapes].reverse().find((shape) => this.#hit(shape, at));
      this.#told.onChoose(hit ? hit.key : null);
      return;
    }
    event.preventDefault();
    const i = handle.dataset.middle ? this.#insert(Number(handle.dataset.middle))
      : Number(handle.dataset.point);
    this.#drag = { i };
    this.element.setPointerCapture(event.pointerId);
    this.#handles.querySelector(`[data-point="${i}"]`)?.focus();
  }

  #move(event) {
    if (this.#drawing) {
      this.#cross = this.#at(event);
      this.#paint();
    }
    if (this.#drag) this.#put(this.#drag.i, this.#at(event));
  }

  #release() {
    this.#drag = null;
  }

  #hit(shape, at) {
    if (shape.kind !== 'tripwire') return inside(shape.points, at);
    const [a, b] = pointsOf(shape).map(([x, y]) => [x * this.#ratio, y]);
    const p = [at[0] * this.#ratio, at[1]];
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const t = Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy)
      / (dx * dx + dy * dy)));
    return Math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy) < 0.04;
  }

  #add(point) {
    const { kind, points } = this.#drawing;
    const { width, height } = this.element.getBoundingClientRect();
    const first = points[0];
    const near = first && Math.hypot((point[0] - first[0]) * width, (point[1] - first[1]) * height)
      < CLOSE_PX;
    if (near && points.length >= NEEDED[kind]) { this.#finish(); return; }
    const last = points.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) return;
    points.push(point);
    this.#told.say(`Point ${points.length} at ${words(point)}.`);
    if (kind === 'tripwire' && points.length === 2) this.#finish();
    else this.#paint();
  }

  #finish() {
    if (!this.#drawing || this.#drawing.points.length < NEEDED[this.#drawing.kind]) return;
    const { kind, points } = this.#drawing;
    this.cancel();
    this.#told.onDrawn(withPoints({ kind }, points));
  }

  #key(event) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
      ArrowDown: [0, 1] }[event.key];
    const step = event.shiftKey ? BIG_STEP : STEP;
    const moved = ([x, y]) => tidy([x + arrow[0] * step, y + arrow[1] * step]);
    const i = event.target.dataset.point;
    if (this.#drawing) {
      if (arrow) { this.#cross = moved(this.#cross); this.#paint(); }
      else if (event.key === ' ') this.#add([...this.#cross]);
      else if (event.key === 'Enter') this.#finish();
      else if (event.key === 'Backspace') { this.#drawing.points.pop(); this.#paint(); }
      else if (event.key === 'Escape') { this.cancel(); this.#told.onCancel(); }
      else return;
    } else if (i !== undefined && arrow) {
      this.#put(Number(i), moved(this.#points()[i]));
      event.target.setAttribute('aria-label', handleName(i, this.#points()));
    } else if (i !== undefined && (event.key === 'Delete' || event.key === 'Backspace')) {
      this.#remove(Number(i));
    } else return;
    event.preventDefault();
  }

  #shape() {
    return this.#shapes.find(({ key }) => key === this.#chosen);
  }

  #points() {
    return pointsOf(this.#shape());
  }

  #put(i, point) {
    this.#told.onChange(withPoints(this.#shape(),
      this.#points().map((old, k) => (k === i ? point : old))));
  }

  #insert(i) {
    const points = [...this.#points()];
    points.splice(i + 1, 0, middles(points, true)[i]);
    this.#told.onChange(withPoints(this.#shape(), points));
    return i + 1;
  }

  #remove(i) {
    const points = this.#points();
    if (points.length <= NEEDED[this.#shape().kind]) {
      this.#told.say(`A ${this.#shape().kind} needs ${NEEDED[this.#shape().kind]} points.`);
      return;
    }
    this.#told.onChange(withPoints(this.#shape(), points.filter((_, k) => k !== i)));
    this.#handles.querySelector(`[data-point="${Math.max(0, i - 1)}"]`)?.focus();
  }

  #paint() {
    const width = Math.round(HEIGHT * this.#ratio);
    const scaled = ([x, y]) => [x * width, y * HEIGHT];
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    this.#anchors = svg('g', {});
    this.#svg.replaceChildren(...this.#shapes.map((shape) => drawn(shape, {
      scaled, ratio: this.#ratio, chosen: shape.key === this.#chosen,
      wrong: shape.key === this.#chosen && this.#refusal })), ...this.#sketch(scaled),
    this.#anchors);
    this.#paintAnchors();
    this.#paintHandles();
    const at = this.#refusal && this.#shape() && centre(this.#points());
    this.#note.hidden = !at;
    this.#note.textContent = this.#refusal;
    if (at) {
      this.#note.style.setProperty('--x', `${Math.min(0.75, Math.max(0.25, at[0])) * 100}%`);
      this.#note.style.setProperty('--y', `${at[1] * 100}%`);
    }
  }

  #paintAnchors() {
    const { boxes = [], labels = [] } = this.#boxes || {};
    const shape = this.#shape();
    const area = shape && shape.kind !== 'tripwire' ? shape.points : null;
    this.#anchors?.replaceChildren(...boxes.map((box, i) => {
      const at = anchorOf(box, shape?.anchor);
      const counts = !shape?.labels?.length || shape.labels.includes(labels[i]);
      return svg('circle', { class: area && counts && inside(area, at) ? 'anchor in' : 'anchor',
        cx: at[0] * HEIGHT * this.#ratio, cy: at[1] * HEIGHT, r: counts ? 11 : 5 });
    }));
  }

  #sketch(scaled) {
    if (!this.#drawing) return [];
    const line = [...this.#drawing.points, this.#cross].map(scaled);
    const [x, y] = scaled(this.#cross);
    return [svg('polyline', { class: 'sketch-casing', points: line.join(' ') }),
      svg('polyline', { class: 'sketch', points: line.join(' ') }),
      ...line.slice(0, -1).map(([cx, cy]) => svg('circle', { class: 'sketch-point', cx, cy, r: 9 })),
      svg('path', { class: 'cross', d: `M${x - 26} ${y}h52M${x} ${y - 26}v52` })];
  }

  #paintHandles() {
    const shape = this.#editable && !this.#drawing && this.#shape();
    const points = shape ? pointsOf(shape) : [];
    const wanted = points.length + (shape && shape.kind !== 'tripwire' ? points.length : 0);
    const fresh = this.#handles.childElementCount !== wanted;
    if (fresh) {
      this.#handles.replaceChildren(...points.map((_, i) => h('button', {
        type: 'button', class: 'handle', 'data-point': String(i) })),
      ...(wanted > points.length ? points : []).map((_, i) => h('button', {
        type: 'button', class: 'handle middle', 'data-middle': String(i),
        'aria-label': `Add a point after point ${i + 1}`,
        onclick: (event) => { if (event.detail === 0) this.#insert(i); } })));
    }
    const places = [...points, ...(wanted > points.length ? middles(points, true) : [])];
    [...this.#handles.children].forEach((handle, i) => {
      handle.style.left = `${places[i][0] * 100}%`;
      handle.style.top = `${places[i][1] * 100}%`;
      if (i < points.length) handle.setAttribute('aria-label', handleName(i, points));
    });
  }
}

const percent = (value) => `${(value * 100).toFixed(1).replace('.0', '')} %`;
const words = ([x, y]) => `${percent(x)} from the left, ${percent(y)} from the top`;
const handleName = (i, points) => `Point ${Number(i) + 1} of ${points.length}, ${words(points[i])}`;
