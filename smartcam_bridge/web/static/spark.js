/** A small line of how a rate went. */
import { svg } from './dom.js';

const WIDTH = 72;
const HEIGHT = 20;

/** A sparkline of up to `length` values, newest on the right. */
export class Spark {
  #line = svg('polyline', { class: 'spark-line', fill: 'none' });
  #length;

  /** @param {string} title what the line shows, in words @param {number} length */
  constructor(title, length = 60) {
    this.#length = length;
    this.element = svg('svg', {
      class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title,
    }, svg('title', {}, title), this.#line);
  }

  /** @param {number[]} values oldest first */
  show(values) {
    const top = Math.max(1, ...values);
    const step = WIDTH / (this.#length - 1);
    const start = this.#length - values.length;
    const points = values.map((value, i) => {
      const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
      return `${((start + i) * step).toFixed(1)},${y.toFixed(1)}`;
    });
    this.#line.setAttribute('points', points.join(' '));
  }
}
