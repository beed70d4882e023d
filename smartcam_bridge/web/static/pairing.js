/** Bring frames and boxes together: a frame and the boxes with the equal stamp are one picture. */
import { stampMs } from './words.js';

// Every frame of a camera is shown the same short time after it came, long enough for its boxes to
// be there: that keeps the video as even as it arrived. The time follows how late the boxes
// really are. Detectors on a CPU take 150-400 ms; a person watching gains more from boxes that
// stand where they belong than from those milliseconds.
const HOLD_FIRST_MS = 120;
const HOLD_MAX_MS = 400;
const HOLD_SLACK_MS = 15;
const LAG_DECAY = 0.98; // a late one is forgotten after some 50 observations
const NEAR_MS = 1000;
const TRACKER_MS = 2000;
const FRAMES_MAX = 16; // 400 ms at 30 Hz and a few more; JPEGs, not bitmaps
const STAMPS_MAX = 64;
const HOPELESS_AFTER = 20; // frames in a row without boxes of their own: stop waiting for them

/**
 * @typedef {{stamp: string, jpeg: Blob, width: number, height: number}} Frame
 * @typedef {{stamp: string, source: string, boxes: number[][], labels: string[],
 *   scores: number[], ids: string[], tracks: number[]}} Boxes
 * @typedef {{frame: Frame|null, boxes: Boxes|null, lateMs: number}} Picture
 *   lateMs: how much older the boxes are than the frame; 0 where they belong to it
 */

/** The frames and boxes of one camera that wait for each other. Knows no clock: pass `nowMs`. */
export class Pairing {
  #frames = [];          // {frame, at}, oldest first
  #arrived = new Map();  // stamp -> when its frame came, also of frames that are gone
  #boxes = new Map();    // stamp -> boxes, oldest first
  #latest = null;        // boxes that came last and were not taken
  #tracksAt = -Infinity; // when boxes of a tracker came last
  #lag = HOLD_FIRST_MS;
  #unmatched = 0;

  /** How long a frame is held at present. */
  get holdMs() {
    return this.#unmatched >= HOPELESS_AFTER ? 0 : Math.min(HOLD_MAX_MS, this.#lag + HOLD_SLACK_MS);
  }

  /** How many frames are held. */
  get waiting() {
    return this.#frames.length;
  }

  /** @param {Frame} frame @param {number} nowMs */
  addFrame(frame, nowMs) {
    this.#frames.push({ frame, at: nowMs });
    if (this.#frames.length > FRAMES_MAX) this.#frames.shift();
    remember(this.#arrived, frame.stamp, nowMs);
    if (this.#boxes.has(frame.stamp)) this.#learn(0);
  }

  /** @param {Boxes} boxes @param {number} nowMs */
  addBoxes(boxes, nowMs) {
    // Where a tracker speaks, bare detections of the same things say nothing new.
    if (boxes.source === 'tracks') this.#tracksAt = nowMs;
    else if (nowMs - this.#tracksAt < TRACKER_MS) return;
    remember(this.#boxes, boxes.stamp, boxes);
    this.#latest = boxes;
    const at = this.#arrived.get(boxes.stamp);
    if (at !== undefined) this.#learn(nowMs - at);
  }

  /**
   * Take the newest frame whose time has come, with its boxes; older ones are left out.
   * @param {number} nowMs
   * @returns {Picture|null}
   */
  take(nowMs) {
    let i = this.#frames.length - 1;
    while (i >= 0 && nowMs - this.#frames[i].at < this.holdMs) i -= 1;
    if (i < 0) return null;
    const { frame } = this.#frames.splice(0, i + 1)[i];
    const own = this.#boxes.get(frame.stamp);
    if (own) return { frame, boxes: own, lateMs: 0 };
    this.#unmatched += 1;
    const boxes = this.#before(frame.stamp);
    return { frame, boxes, lateMs: boxes ? stampMs(frame.stamp) - stampMs(boxes.stamp) : 0 };
  }

  /**
   * Take the boxes that came last, for a camera that shows no frames.
   * @returns {Picture|null}
   */
  takeBoxes() {
    const boxes = this.#latest;
    this.#latest = null;
    return boxes && { frame: null, boxes, lateMs: 0 };
  }

  #learn(lagMs) {
    if (lagMs > HOLD_MAX_MS) return; // nobody waits that long
    this.#unmatched = 0;
    this.#lag = Math.max(lagMs, this.#lag * LAG_DECAY);
  }

  #before(stamp) {
    let found = null;
    for (const boxes of this.#boxes.values()) {
      if (boxes.stamp < stamp && (!found || boxes.stamp > found.stamp)) found = boxes;
    }
    return found && stampMs(stamp) - stampMs(found.stamp) <= NEAR_MS ? found : null;
  }
}

function remember(map, stamp, value) {
  map.set(stamp, value);
  if (map.size > STAMPS_MAX) map.delete(map.keys().next().value);
}
