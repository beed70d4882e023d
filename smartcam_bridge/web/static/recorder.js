/** The recorder in words: what is wrong, and what to do about it. */
import { count } from './words.js';

/**
 * Say how the recorder is.
 * @param {Object|null} recorder RecorderStatus
 * @param {boolean} paused whether the bridge is paused on purpose
 * @returns {{state: string, word: string, notice: string}} state: good, warn, bad or unknown;
 *   notice is '' where nothing needs to be done
 */
export function recorderWords(recorder, paused = false) {
  if (!recorder) return { state: 'unknown', word: 'Not heard of yet', notice: '' };
  if (recorder.state === 'degraded') {
    return { state: 'bad', word: 'Cannot store', notice: `Nothing can be stored at present: ${
      recorder.problem || 'the database does not take anything'}. What comes in waits in memory as `
      + 'long as there is room, and is written as soon as the database allows it.' };
  }
  if (recorder.state !== 'running') {
    return { state: 'bad', word: 'Not recording', notice: 'The recorder is not running: '
      + `${recorder.problem || 'it was not started'}. Look at the log of the bridge.` };
  }
  if (recorder.capacity && recorder.backlog >= 0.8 * recorder.capacity) {
    return { state: 'warn', word: 'Behind', notice: 'The disk is slower than what comes in: '
      + `${count(recorder.backlog)} tasks wait and observations are being thinned. Use a faster `
      + 'disk, fewer cameras or a lower detection rate.' };
  }
  if (paused) return { state: 'paused', word: 'Paused', notice: PAUSED };
  return { state: 'good', word: 'Recording', notice: '' };
}

const PAUSED = 'Recording is paused for privacy. To go on: ros2 service call '
  + "/smartcam_bridge/pause std_srvs/srv/SetBool '{data: false}'";

/** Say what was left out since the start; '' where nothing was. */
export function lossWords({ thinned = 0, dropped = 0 } = {}) {
  const said = [];
  if (thinned) said.push(`${count(thinned)} observations were thinned because the disk was behind`);
  if (dropped) said.push(`${count(dropped)} tasks were lost because the queue was full`);
  return said.length ? `Since the start ${said.join(' and ')}. A faster disk or a lower detection `
    + 'rate prevents it.' : '';
}
