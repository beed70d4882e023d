/** The picture of one camera: newest frame, its boxes, and words for who cannot see them. */
import { h, setText } from './dom.js';
import { PLATE, paintBoxes } from './overlay.js';
import { Pairing } from './pairing.js';
import { duration, tally, topic } from './words.js';

const NO_FRAMES_AFTER_MS = 2500; // then boxes are shown without a picture
const OLD_AFTER_MS = 2000;       // a picture that old says so
const STATUS_LATE_MS = 1500;     // a status that came so long after a picture speaks of it
const DESCRIBE_EVERY_MS = 5000;

/** Shows one camera. Call `tick` about twice a second; `close` when it leaves the page. */
export class Stage {
  #camera;
  #pictures;
  #names;
  #canvas = h('canvas', { role: 'img' });
  #note = h('p', { class: 'stage-note', hidden: true });
  #age = h('p', { class: 'stage-age', hidden: true });
  #pairing = new Pairing();
  #bitmap = null;       // of the frame that is shown
  #picture = null;      // what is shown
  #frameAt = -Infinity; // when a frame came last
  #shownAt = -Infinity; // when something was shown last
  #describedAt = -Infinity;
  #status;              // heard last
  #heardAt = -Infinity;
  #decoding = false;
  #scheduled = 0;
  #closed = false;
  #scale = 1;           // device pixels per CSS pixel
  #size;                // of the frame, as far as anybody said
  #sizes;

  /**
   * @param {Object} camera as in docs/api.md
   * @param {{pictures: Map<string, Object>, names: import('./names.js').Names}} bridge
   *   pictures: name -> the picture shown last, by whichever stage: it is shown until another one
   *   comes, so that a silent camera's stays from view to view; names: of tracks
   */
  constructor(camera, { pictures, names }) {
    this.#camera = camera;
    this.#pictures = pictures;
    this.#names = names;
    this.#size = camera;
    this.element = h('div', { class: 'stage' }, this.#canvas, this.#note, this.#age);
    this.#canvas.setAttribute('aria-label', `${camera.name}: no picture yet`);
    this.#sizes = new ResizeObserver((entries) => this.#resize(entries[0]));
    this.#sizes.observe(this.#canvas);
    const last = pictures.get(camera.name);
    if (last) this.#decode(last.picture, last.shownAt);
  }

  /** @param {import('./pairing.js').Frame} frame */
  addFrame(frame) {
    this.#frameAt = performance.now();
    this.#pairing.addFrame(frame, this.#frameAt);
    this.#schedule();
  }

  /** @param {import('./pairing.js').Boxes} boxes */
  addBoxes(boxes) {
    this.#pairing.addBoxes(boxes, performance.now());
    this.#schedule();
  }

  /**
   * Say what is missing and how old the picture is.
   * @param {Object|undefined} status CameraStatus
   */
  tick(status) {
    const now = performance.now();
    if (status?.width) this.#size = status;
    if (status !== this.#status) this.#heardAt = now;
    this.#status = status;
    const old = this.#oldness(now);
    this.#age.hidden = !Number.isFinite(old) || old < OLD_AFTER_MS;
    if (!this.#age.hidden) setText(this.#age, `Picture is ${duration(old / 1000)} old`);
    const note = this.#missing(status, now);
    this.#note.hidden = !note;
    setText(this.#note, note);
    this.element.classList.toggle('old', !this.#age.hidden);
    this.element.classList.toggle('blank', !this.#picture);
  }

  /** Forget frames that are held: the boxes they wait for will not come. */
  drop() {
    this.#pairing = new Pairing();
  }

  close() {
    this.#closed = true;
    this.#sizes.disconnect();
    cancelAnimationFrame(this.#scheduled);
    this.#bitmap?.close();
    this.#bitmap = null;
  }

  /** How old the picture is at least: the one that a new viewer is sent may have been there long. */
  #oldness(now) {
    const old = now - this.#shownAt;
    const told = this.#status?.frames_age_s;
    if (!this.#bitmap || !told || this.#heardAt - this.#shownAt < STATUS_LATE_MS) return old;
    return Math.max(old, told * 1000 + now - this.#heardAt);
  }

  #missing(status, now) {
    const camera = this.#camera;
    const boxesOnly = this.#picture && !this.#picture.frame;
    if (boxesOnly && now - this.#shownAt < OLD_AFTER_MS) {
      return `Boxes only: no pictures on ${topic(camera, 'image')}`;
    }
    if (this.#picture || !status) return '';
    if (status.state === 'disabled') return 'This camera is switched off.';
    if (status.state === 'paused') return 'Recording is paused.';
    if (status.state === 'live') return 'Waiting for the first picture';
    return `Silent. Waiting for ${topic(camera, 'detections')}, ${topic(camera, 'tracks')} `
      + `or ${topic(camera, 'image')}`;
  }

  #schedule() {
    if (!this.#scheduled && !this.#closed) {
      this.#scheduled = requestAnimationFrame(() => this.#advance());
    }
  }

  async #advance() {
    this.#scheduled = 0;
    if (this.#decoding) return;
    const now = performance.now();
    const picture = this.#pairing.take(now);
    if (picture) {
      await this.#decode(picture, now);
    } else if (now - this.#frameAt > NO_FRAMES_AFTER_MS) {
      this.#showBoxes(this.#pairing.takeBoxes());
    }
    if (this.#pairing.waiting) this.#schedule();
  }

  async #decode(picture, shownAt) {
    this.#decoding = true;
    await this.#show(picture, shownAt);
    this.#decoding = false;
  }

  async #show(picture, shownAt) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(picture.frame.jpeg);
    } catch {
      return; // a broken JPEG: the picture stays as it was, and its age says so
    }
    if (this.#closed) {
      bitmap.close();
      return;
    }
    this.#bitmap?.close();
    this.#bitmap = bitmap;
    this.#pictures.set(this.#camera.name, { picture, shownAt });
    this.#shown(picture, shownAt);
  }

  #showBoxes(picture) {
    if (!picture) return;
    this.#bitmap?.close();
    this.#bitmap = null;
    this.#shown(picture, performance.now());
  }

  #shown(picture, shownAt) {
    this.#picture = picture;
    this.#shownAt = shownAt;
    this.#paint();
    // What is shown, for whoever looks at the page from outside: tests, developer tools.
    this.#canvas.dataset.stamp = (picture.frame || picture.boxes).stamp;
    this.#canvas.dataset.late = picture.boxes ? String(picture.lateMs) : '';
    if (this.#shownAt - this.#describedAt < DESCRIBE_EVERY_MS) return;
    this.#describedAt = this.#shownAt;
    const seen = picture.boxes?.labels.length ? tally(picture.boxes.labels.map((label, i) => (
      this.#names.get(picture.boxes.tracks[i]) || label))) : 'nothing detected';
    this.#canvas.setAttribute('aria-label', `${this.#camera.name}: ${seen}`);
  }

  #resize(entry) {
    const exact = entry.devicePixelContentBoxSize?.[0];
    const scale = window.devicePixelRatio || 1;
    const width = Math.max(1, exact?.inlineSize ?? Math.round(entry.contentRect.width * scale));
    const height = Math.max(1, exact?.blockSize ?? Math.round(entry.contentRect.height * scale));
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#scale = width / Math.max(1, entry.contentRect.width);
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#paint();
  }

  #paint() {
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d', { alpha: false });
    context.fillStyle = PLATE;
    context.fillRect(0, 0, width, height);
    if (!this.#picture) return;
    const area = fitted(width, height, this.#bitmap || this.#frameSize());
    if (this.#bitmap) context.drawImage(this.#bitmap, area.x, area.y, area.width, area.height);
    else emptyFrame(context, area);
    const { boxes, lateMs } = this.#picture;
    const look = { scale: this.#scale, lateMs, names: this.#names };
    if (boxes) paintBoxes(context, area, boxes, look);
  }

  #frameSize() {
    const { width, height } = this.#size;
    return width && height ? { width, height } : { width: 16, height: 9 };
  }
}

function fitted(width, height, frame) {
  const factor = Math.min(width / frame.width, height / frame.height);
  const w = frame.width * factor;
  const t = frame.height * factor;
  return { x: (width - w) / 2, y: (height - t) / 2, width: w, height: t };
}

function emptyFrame(context, area) {
  context.fillStyle = '#151b24';
  context.fillRect(area.x, area.y, area.width, area.height);
}
