/* Keys of one character, for those who want them: they can be switched off, since speech input may type them by accident. */

import { h } from "./dom.js";

const HELP = [
    ["/", "search"], ["j", "next in the list"], ["k", "previous in the list"], ["Enter", "open"], ["n", "show what is new"],
    ["u", "back"], ["?", "this help"],
];

const actions = new Map();
let on = true;
try {
    on = localStorage.getItem("keys") !== "off";
} catch {
    // storage is forbidden: they are on
}

/** Sets what a key does from now on; null: nothing. */
export function bind(key, action) {
    actions.set(key, action);
}

function typing(event) {
    return event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog");
}

addEventListener("keydown", (event) => {
    const action = actions.get(event.key);
    if (!on || !action || typing(event)) return;
    event.preventDefault();
    action();
});

function toggle(event) {
    on = event.target.checked;
    try {
        localStorage.setItem("keys", on ? "on" : "off");
    } catch {
        // for this page only, then
    }
}

/** Fills the help and makes the button and "?" open it. */
export function setUpHelp(dialog, button) {
    dialog.append(
        h("h2", { id: "keys-title" }, "Keyboard"),
        h("dl", { class: "keys" }, HELP.map(([key, text]) => [h("dt", null, h("kbd", null, key)), h("dd", null, text)])),
        h("label", null, h("input", { type: "checkbox", checked: on, onchange: toggle }), " Use these keys"),
        h("form", { method: "dialog" }, h("button", null, "Close")));
    button.addEventListener("click", () => dialog.showModal());
    bind("?", () => dialog.showModal());
}
