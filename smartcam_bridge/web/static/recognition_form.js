/** Whether, when and by which embedder people are recognised on a camera. */
import { ask } from './api.js';
import { h, setText } from './dom.js';
import { ZONE } from './period.js';
import { ScheduleForm } from './schedule_form.js';

/** A form of one camera, folded up until somebody opens it. */
export class RecognitionForm {
  #bridge;
  #camera;
  #rules;
  #message = h('p', { class: 'notice', role: 'alert', hidden: true });
  #done = h('p', { class: 'note', role: 'status' });

  /** @param {import('./bridge.js').Bridge} bridge @param {Object} camera as in docs/api.md */
  constructor(bridge, camera) {
    this.#bridge = bridge;
    this.#camera = camera.name;
    const { enabled = true, schedule = [], timezone } = camera.recognition || {};
    this.#rules = { enabled, schedule, timezone: (schedule.length && timezone) || ZONE };
    const on = h('input', { type: 'checkbox', id: 'recognition-on', checked: enabled,
      onchange: (event) => { this.#rules.enabled = event.target.checked; } });
    const model = h('input', { id: 'recognition-model', autocomplete: 'off', spellcheck: 'false',
      autocapitalize: 'none', maxlength: '64', value: camera.face_model || '',
      placeholder: 'as all cameras' });
    const hours = new ScheduleForm(this.#rules, { id: 'recognition',
      legend: 'When people are recognised',
      onChange: (changes) => { Object.assign(this.#rules, changes); } });
    this.element = h('details', { class: 'add' }, h('summary', {}, 'Recognition of people'),
      h('form', { class: 'shape-form recognition-form',
        'aria-label': 'Recognition of people on this camera',
        onsubmit: (event) => { event.preventDefault(); this.#save(model.value.trim()); } },
      h('fieldset', {}, h('legend', {}, 'Recognition'),
        h('div', { class: 'check' }, on, h('label', { for: on.id },
          'Recognise people on this camera')), hours.element,
        h('div', {}, h('label', { for: model.id }, 'Face model that makes its embeddings'), model),
        this.#message,
        h('div', { class: 'shape-actions' }, h('button', { type: 'submit', class: 'main-action' },
          'Save'), this.#done))));
  }

  async #save(faceModel) {
    try {
      await ask(`cameras/${encodeURIComponent(this.#camera)}`, { method: 'PATCH',
        body: { recognition: this.#rules, face_model: faceModel } });
      await this.#bridge.load();
      this.#say('', 'Saved.');
    } catch (problem) {
      this.#say(problem.message, '');
    }
  }

  #say(wrong, right) {
    setText(this.#message, wrong);
    this.#message.hidden = !wrong;
    setText(this.#done, right);
  }
}
