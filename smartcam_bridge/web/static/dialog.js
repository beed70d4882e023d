/** Dialogs: they take the keyboard until they are answered, and give it back then. */
import { h, setText } from './dom.js';

let count = 0;

/**
 * Ask something. What `act` throws is shown in the dialog, which stays open then.
 * @param {{title: string, content: (Node|string)[], confirm: string, danger?: boolean,
 *   armed?: boolean, act: (dialog: Dialog) => Promise<void>}} what armed: whether it can be
 *   confirmed from the first; see `arm`
 * @typedef {{element: HTMLDialogElement, arm: (on: boolean) => void, close: () => void,
 *   say: (...children: (Node|string)[]) => void, end: (...children: (Node|string)[]) => void}}
 *   Dialog
 *   end: show these in place of the question, with nothing to do but close
 * @returns {Dialog}
 */
export function openDialog({ title, content, confirm, danger = false, armed = true, act }) {
  count += 1;
  const id = `dialog-${count}`;
  const message = h('div', { class: 'notice', role: 'alert', hidden: true });
  const sure = h('button', { type: 'submit', class: danger ? 'danger' : 'main-action',
    disabled: !armed }, confirm);
  const cancel = h('button', { type: 'button', onclick: () => element.close() }, 'Cancel');
  const body = h('div', { class: 'dialog-body' }, ...content);
  const form = h('form', { method: 'dialog', onsubmit: submit }, h('h2', { id }, title), body,
    message, h('div', { class: 'dialog-actions' }, sure, cancel));
  const element = h('dialog', { 'aria-labelledby': id, onclose: () => element.remove() }, form);
  const dialog = {
    element,
    arm: (on) => { sure.disabled = !on; },
    close: () => element.close(),
    say: (...children) => {
      message.replaceChildren(...children);
      message.hidden = !children.some((child) => child);
    },
    end: (...children) => {
      body.replaceChildren(...children);
      dialog.say();
      sure.remove();
      setText(cancel, 'Close');
      cancel.focus();
    },
  };

  async function submit(event) {
    event.preventDefault();
    if (sure.disabled) return;
    sure.disabled = true;
    dialog.say();
    try {
      await act(dialog);
    } catch (problem) {
      dialog.say(problem.message);
    }
    sure.disabled = false;
  }

  document.getElementById('main').append(element); // it goes with the view
  element.showModal();
  return dialog;
}
