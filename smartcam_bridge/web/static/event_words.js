/** Events in words: what happened, and how much it matters. */
import { bdi } from './dom.js';
import { clock, duration, stampMs } from './words.js';

/** Kinds of events as people choose among them. */
export const EVENT_GROUPS = [
  { group: 'Tracks', options: [['track_started', 'Track started'], ['track_ended', 'Track ended'],
    ['track_updated', 'Track updated']] },
  { group: 'Zones', options: [
    ['zone_entered,zone_exited,dwell_exceeded,occupancy_changed', 'Everything about zones'],
    ['zone_entered', 'Zone entered'], ['zone_exited', 'Zone exited'],
    ['dwell_exceeded', 'Stayed too long'], ['occupancy_changed', 'Occupancy changed']] },
  { group: 'Tripwires', options: [['tripwire_crossed', 'Tripwire crossed']] },
  { group: 'Cameras', options: [['camera_offline,camera_online', 'Camera offline or back'],
    ['counting_suspended,counting_resumed', 'Counting suspended or resumed']] },
  { group: 'Store', options: [
    ['backup_written,backup_failed,purge_finished,purge_failed', 'Backups and purges']] },
  { group: 'People', options: [
    ['person_identified,person_changed,stranger_seen', 'Everything about who it was'],
    ['person_identified', 'Person identified'], ['person_changed', 'Taken for another person'],
    ['stranger_seen', 'Stranger seen'], ['manual_event', 'Noted by hand']] },
];

/** @type {Object<string, string>} */
export const SEVERITIES = { info: 'Info', notice: 'Notice', warning: 'Warning', alert: 'Alert' };

const RANKS = Object.keys(SEVERITIES);

const SENTENCES = {
  track_started: (who) => [who, ' appeared'],
  track_ended: (who, event) => [who, ENDS[event.end_reason] || ' ended',
    event.duration_s > 0 && ` after ${duration(event.duration_s)}`],
  track_updated: updated,
  zone_entered: (who, event) => [who, ' entered ', zone(event)],
  zone_exited: (who, event) => [who, ' left ', zone(event), after(event)],
  dwell_exceeded: (who, event) => [who, ' stays in ', zone(event), after(event, ' for ')],
  occupancy_changed: (who, event) => [zone(event), `: ${event.occupancy} inside`],
  tripwire_crossed: (who, event) => [who, ' crossed ', bdi(event.tripwire_name || 'a tripwire'),
    event.direction === 'out' ? ' outwards' : ' inwards'],
  camera_offline: (who, event) => [bdi(event.camera), ' went offline'],
  camera_online: (who, event) => [bdi(event.camera), ' is back'],
  counting_suspended: (who, event) => [bdi(event.camera), ' does not count: the robot moves'],
  counting_resumed: (who, event) => [bdi(event.camera), ' counts again: the robot stands'],
  person_identified: (who, event) => [who, (!event.person && ' was given a wrong name')
    || (event.enrolled ? ' was named by hand' : ' was identified')],
  person_changed: (who, event) => [who, event.person ? ' was identified' : ' has no name any more',
    event.was && ', not ', event.was && named(event.was)],
  stranger_seen: (who, event) => (event.person ? [who, ' was seen, without a name at that time']
    : [`Stranger ${event.stranger ?? ''}`.trim(), ' was seen']),
  manual_event: (who, event) => [bdi(event.title || 'Noted by hand')],
};

const ENDS = {
  left: ' left the picture', lost: ' was lost from view', paused: ' ended: recording was paused',
  restart: ' ended: the bridge restarted', camera_offline: ' ended: the camera went offline',
};

const CORRECTIONS = {
  rejected: 'the name was wrong: taken away', merged: 'two people turned out to be one: merged',
  named: 'the stranger was named', enrolled: 'was enrolled as this person',
  forgotten: 'the person was forgotten',
};

/** Say what happened. @returns {(Node|string)[]} children of an element */
export function eventSentence(event) {
  const who = event.person ? named(event.person) : bdi(event.label || 'Something');
  const say = SENTENCES[event.type];
  const words = say ? say(who, event) : [event.type.replaceAll('_', ' ')];
  return words.filter(Boolean);
}

/**
 * Say how an event was corrected.
 * @param {{at: string, by: string, action: string, was: number|null}} correction
 */
export function correctionWords({ at, by, action }) {
  return [CORRECTIONS[action] || action.replaceAll('_', ' '), by && ' by ', by && bdi(by),
    at && `, ${clock(at)}`].filter(Boolean);
}

/** The same as plain text, for names and descriptions. */
export function eventText(event) {
  return eventSentence(event).map((part) => part.textContent ?? part).join('');
}

/** Whether an event is at least as severe. */
export function atLeast(event, severity) {
  return RANKS.indexOf(event.severity) >= RANKS.indexOf(severity);
}

/**
 * Say whether a live event belongs to a list.
 * @param {Object} event
 * @param {Object<string, string>} query as `GET /events` takes it
 */
export function fits(event, query) {
  const same = (name) => !query[name] || String(event[name] ?? '') === query[name];
  return ['camera', 'label', 'zone', 'tripwire', 'track', 'stranger'].every(same)
    && (!query.person || [event.person?.id, event.was?.id].includes(Number(query.person)))
    && (!query.type || query.type.split(',').includes(event.type))
    && (!query.severity || atLeast(event, query.severity))
    && query.pinned !== 'true' && query.acknowledged !== 'true'
    && (!query.to || stampMs(event.stamp) <= Date.parse(query.to));
}

/** What the robot's place is called: `at 1.2, -3.4 m in map`. */
export function placeWords({ frame, x, y }) {
  return `at ${x.toFixed(1)}, ${y.toFixed(1)} m in ${frame}`;
}

/** The day a time belongs to: `Today`, `Yesterday`, `Tue 3 Mar 2026`. */
export function dayWords(ms, now = new Date()) {
  const day = new Date(ms);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const apart = Math.round((midnight - new Date(day.getFullYear(), day.getMonth(), day.getDate()))
    / 864e5);
  if (apart === 0) return 'Today';
  if (apart === 1) return 'Yesterday';
  return day.toLocaleDateString('en-GB', {
    weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
}

function updated(who, event) {
  if (event.change === 'label') return [bdi(event.from || 'Something'), ' turned out to be ',
    bdi(event.to || 'something else')];
  if (event.change === 'stationary') return [who, ' stands still'];
  if (event.change === 'moving') return [who, ' moves again'];
  return event.change === 'shot' ? [who, ': a better picture'] : [who, ' changed'];
}

const named = ({ name }) => bdi(name || 'Somebody who is forgotten');
const zone = (event) => bdi(event.zone_name || 'a zone');
const after = ({ dwell_s: dwell }, word = ' after ') => dwell > 0 && `${word}${duration(dwell)}`;
