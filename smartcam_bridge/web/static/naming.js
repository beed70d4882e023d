/** Dialogs that say who somebody is: the best face of a track, or a stranger. */
import { ask } from './api.js';
import { h } from './dom.js';
import { openDialog } from './dialog.js';
import { enroll, refusalWords } from './enroll.js';
import { PersonChoice } from './person_choice.js';

const OFFERED = 3;

/**
 * Ask who a track is, and enroll its best face.
 * @param {Object} track as in docs/api.md
 * @param {{role: string, done: (person: {id: number, name: string}) => any}} then
 */
export function askEnroll(track, { role, done }) {
  const choice = new PersonChoice({ title: 'Name' });
  openDialog({
    title: 'Enroll the face of this track',
    content: [picture(track.thumbnail), h('p', {}, 'Its best face becomes a template of the '
      + 'person: faces like it get this name from now on.'), choice.element],
    confirm: 'Enroll',
    act: async (dialog) => {
      const { person, name } = await choice.resolve();
      const whose = person || await ask('people', { method: 'POST', body: { name } });
      await enroll(whose.id, { track: track.id }, { role, show: dialog.say, done: () => {
        dialog.close();
        return done(whose);
      } });
    },
  });
  choice.focus();
  ask('faces/identify', { method: 'POST', body: { track: track.id, limit: OFFERED } })
    .then(({ candidates }) => choice.offer(candidates), () => {}); // nobody to offer
}

/**
 * Ask who a stranger is, and name them.
 * @param {Object} stranger as in docs/api.md @param {(person: Object) => any} done
 */
export function askName(stranger, done) {
  const choice = new PersonChoice({ title: 'Name' });
  openDialog({
    title: `Who is stranger ${stranger.id}?`,
    content: [picture(stranger.thumbnails?.[0]), h('p', {}, 'The best faces become templates, and '
      + 'past tracks and events get the name.'), choice.element],
    confirm: 'Give this name',
    act: async (dialog) => {
      const { person, name } = await choice.resolve();
      const body = person ? { person: person.id } : { name };
      let named;
      try {
        named = await ask(`strangers/${stranger.id}/name`, { method: 'POST', body });
      } catch (problem) {
        throw new Error(refusalWords(problem));
      }
      dialog.close();
      await done(named);
    },
  });
  choice.focus();
}

const picture = (src) => src && h('img', { class: 'asked', alt: 'As it was seen',
  src: src.replace(/^\//, ''), onerror: (event) => event.target.remove() });
