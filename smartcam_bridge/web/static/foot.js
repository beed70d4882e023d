/** The footer: version, how long it runs, the recorder, and the way to the API. */
import { ask } from './api.js';
import { h, setText } from './dom.js';
import { recorderWords } from './recorder.js';
import { bytes, duration } from './words.js';

const READ_EVERY_MS = 300000;

/** Reads uptime and version when the connection is new, and now and then. */
export class Foot {
  #bridge;
  #api = h('a', { href: 'docs' }, 'API');
  #uptime = h('span');
  #recorder = h('span');
  #startedAt = null; // on this browser's clock
  #name = 'smartcam_bridge';
  #readAt = -Infinity;

  /** @param {import('./bridge.js').Bridge} bridge @param {HTMLElement} element */
  constructor(bridge, element) {
    this.#bridge = bridge;
    element.replaceChildren(this.#uptime, this.#recorder, this.#api);
  }

  /** Bring it up to date. Call about once a second. */
  update() {
    const now = performance.now();
    if (now - this.#readAt > READ_EVERY_MS) {
      this.#readAt = now;
      this.#read();
    }
    const { recorder, paused } = this.#bridge;
    if (this.#startedAt !== null) {
      setText(this.#uptime, `${this.#name}, up ${duration(Math.max(10, (now - this.#startedAt) / 1000))}`);
    }
    if (!recorder) return;
    setText(this.#recorder,
      `${recorderWords(recorder, paused).word}, database ${bytes(recorder.database_bytes)}`);
  }

  /** The bridge may be another one now. */
  reset() {
    this.#readAt = -Infinity;
  }

  async #read() {
    let stats;
    let api;
    try {
      [stats, api] = await Promise.all([ask('system/stats'), ask('openapi.json')]);
    } catch {
      return; // the banner says what is wrong with the connection
    }
    setText(this.#api, `API ${api.info.version}`);
    this.#name = stats.version === 'unknown' ? 'smartcam_bridge' : `smartcam_bridge ${stats.version}`;
    this.#startedAt = performance.now() - stats.uptime_s * 1000;
  }
}
