/** What the page knows of the bridge: cameras and their status, the recorder, recognition. */
import { ask } from './api.js';
import { Names } from './names.js';

const COURSE_LENGTH = 60; // seconds of rates that are kept per camera
const NAMES_EVERY = 15; // status messages, one a second

/**
 * The bridge as last heard of. Dispatches `cameras` (the list changed), `status` (each second)
 * and `event` (its `detail` is the event).
 */
export class Bridge extends EventTarget {
  /** @type {Map<string, Object>} name -> Camera */
  cameras = new Map();
  /** @type {Object<string, Object>} name -> CameraStatus */
  status = {};
  /** @type {Object|null} */
  recorder = null;
  /** @type {Object|null} */
  recognition = null;
  /** @type {Map<string, number[]>} name -> observations per second, oldest first */
  courses = new Map();
  /** @type {Map<string, Object>} name -> the picture shown last, for a view that comes later */
  pictures = new Map();
  /** Who is in view. */
  names = new Names();
  /** Whether news arrive; without them no status is worth showing. */
  connected = true;
  /** Whether the list of cameras was read at least once. */
  loaded = false;
  #loading = null;
  #heard = 0; // status messages

  /** Whether recording is paused on purpose. */
  get paused() {
    return Object.values(this.status).some(({ state }) => state === 'paused');
  }

  /** Ask for the list of cameras. @throws {import('./api.js').Problem} */
  async load() {
    this.#loading ??= this.#loadOnce().finally(() => { this.#loading = null; });
    return this.#loading;
  }

  /** Take in a message of the live connection. */
  hear(message) {
    if (message.type === 'status') this.#hearStatus(message);
    if (message.type === 'event') {
      this.names.hear(message.event);
      this.dispatchEvent(new CustomEvent('event', { detail: message.event }));
    }
    // What was missed is read again from the history, which has it all.
    if (message.type === 'missed' && message.events) this.dispatchEvent(new Event('missed'));
  }

  /** Say how a camera is, as heard last or as in the list; undefined while nobody knows. */
  statusOf(name) {
    if (!this.connected) return undefined;
    return this.status[name] || this.cameras.get(name)?.status;
  }

  /** The connection was away: what happened meanwhile must be read from the history. */
  async catchUp() {
    this.dispatchEvent(new Event('missed'));
    this.#heard = 0; // names are read anew
    await this.load();
  }

  async #loadOnce() {
    const cameras = [];
    let cursor = null;
    do {
      // eslint-disable-next-line no-await-in-loop -- each page names the next
      const page = await ask('cameras', { query: { cursor } });
      cameras.push(...page.items);
      cursor = page.next;
    } while (cursor);
    this.cameras = new Map(cameras.map((camera) => [camera.name, camera]));
    for (const name of this.pictures.keys()) {
      if (!this.cameras.has(name)) this.pictures.delete(name);
    }
    this.loaded = true;
    this.dispatchEvent(new Event('cameras'));
  }

  #hearStatus({ cameras, recorder, recognition }) {
    this.status = cameras;
    this.recorder = recorder;
    this.recognition = recognition;
    this.courses = new Map(Object.entries(cameras).map(([name, status]) => (
      [name, [...(this.courses.get(name) || []), status.boxes_hz].slice(-COURSE_LENGTH)])));
    this.dispatchEvent(new Event('status'));
    if (this.#heard % NAMES_EVERY === 0) this.names.read().catch(() => {}); // and again soon
    this.#heard += 1;
    const names = Object.keys(cameras);
    const known = names.length === this.cameras.size && names.every((n) => this.cameras.has(n));
    if (!known) this.load().catch(() => {}); // the next status tries again
  }
}
