/* What several views have in common: their heading, waiting and failing, filters, and "look again when something has changed". */

import { h, hidden, outLink, words } from "./dom.js";
import { ago, count, language } from "./format.js";
import { bind } from "./keys.js";
import { to } from "./route.js";
import { live } from "./live.js";

const LONG_TITLE = 140; // characters; such a one is set smaller

/** The heading that gets the focus when a view opens; the page is named after it. */
export function heading(text, lang) {
    const { title } = document;
    const name = `${text} – headlined`;
    if (title !== name) document.title = name;
    return words("h1", text, lang, { tabindex: "-1", class: text.length > LONG_TITLE ? "long" : null });
}

/** An error as people can read it. */
export function failure(error) {
    const lead = { unreachable: "No connection", not_found: "Not there", unknown_op: "Not available here",
        invalid: "That cannot be asked" }[error.code] ?? "The daemon refuses";
    return h("div", { class: "failure", role: "alert" }, h("strong", null, lead), h("p", { dir: "auto" }, error.message),
        error.code === "unreachable" ? h("p", null, "It is asked again as soon as it is back.") : null);
}

export const waiting = () => h("p", { class: "waiting", role: "status" }, "Asking the daemon…");
export const nothing = (text) => h("p", { class: "nothing" }, text);

/** Shows what the promise gives in `place`; waiting is shown only where nothing is yet, and a failure in any case. */
export async function into(place, promise, signal) {
    if (!place.hasChildNodes()) place.replaceChildren(waiting());
    try {
        const content = await promise;
        if (!signal.aborted) place.replaceChildren(...[content].flat());
        return true;
    } catch (error) {
        if (signal.aborted || error.name === "AbortError") return false;
        if (error.code === undefined) throw error; // a bug, which the console should show
        place.replaceChildren(failure(error));
        return false;
    }
}

/** Says something to those who listen to the page; seldom, so that it does not chatter. */
export const announce = (() => {
    const QUIET_MS = 8000;
    let last = -Infinity;
    return (text) => {
        const now = performance.now();
        if (now - last < QUIET_MS) return;
        last = now;
        document.getElementById("status").textContent = text;
    };
})();

/**
 * Calls look() when the daemon has something new: at once when nothing was asked for a while, else after a pause that grows with how
 * long the last answer took. `concerns(event)` chooses the events. Nothing happens while nobody sees the page.
 */
export function watch(signal, concerns, look, pause_ms = () => 2000) {
    let timer = 0;
    let running = false;
    let dirty = false;
    let last = performance.now();

    async function run() {
        timer = 0;
        if (signal.aborted || document.hidden) return;
        dirty = false;
        running = true;
        const began = performance.now();
        try {
            await look();
        } finally {
            running = false;
            last = performance.now();
            took_ms = last - began;
            if (dirty) plan();
        }
    }

    let took_ms = 0;
    function plan() {
        dirty = true;
        if (timer || running) return;
        const wait = Math.max(pause_ms(), took_ms * 8) - (performance.now() - last);
        timer = setTimeout(run, Math.max(50, wait));
    }

    live.addEventListener("event", ({ detail }) => concerns(detail) && plan(), { signal });
    live.addEventListener("refresh", plan, { signal });
    document.addEventListener("visibilitychange", () => !document.hidden && dirty && plan(), { signal });
    signal.addEventListener("abort", () => clearTimeout(timer));
    return plan;
}

export const storyLink = (story, text, lang) => words("a", text, lang, { href: to("story", story) });
export const sourceLink = (source) => (source ? words("a", source, null, { href: to("sources", source), class: "source" })
    : h("span", { class: "source none" }, "source unknown"));

/** A headline on a line of its own: its words (a link out where it has an address), source and time. */
export const headlineLine = (headline) => [
    outLink(headline.url, headline.title, headline.lang),
    h("span", { class: "by" }, sourceLink(headline.source), " ", ago(headline.received, " ago")),
];

/** A choice of one of several, as links: [[value, text, address]...]. */
export const tabs = (label, current, choices) =>
    h("nav", { class: "tabs", "aria-label": label }, h("ul", null, choices.map(([value, text, address]) =>
        h("li", null, h("a", { href: address, "aria-current": value === current ? "page" : null }, text)))));

export const field = (label, control) => h("label", { class: "field" }, h("span", null, label), control);

export function select(name, current, options) {
    return h("select", { name }, options.map(([value, text]) => h("option", { value, selected: value === (current ?? "") }, text)));
}

/** A field for a language tag, which offers some by their names. */
export function languageField(current, tags) {
    const all = [...new Set([...tags, ...(current ? [current] : [])])].sort();
    return field("Language", select("lang", current, [["", "any"], ...all.map((tag) => [tag, language(tag)])]));
}

/** A field for a source's name that offers the names there are, once they are known. */
export function sourceField(current, names) {
    const list = h("datalist", { id: "source-names" });
    names.then((all) => list.append(...all.map((name) => h("option", { value: name }))), () => {}); // without: it takes any name
    return [field("Source", h("input", { name: "source", value: current ?? "", list: "source-names", placeholder: "any", autocomplete: "off",
        spellcheck: "false" })), list];
}

/** Filters, folded away on a phone unless one of them is set. */
export const folded = (set, form) => h("details", { class: "folded", open: set || !matchMedia("(max-width: 48rem)").matches },
    h("summary", null, "Filters"), form);

/** The values of a form's fields, without the empty ones. */
export const values = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

export const figure = (value, one, many = `${one}s`) => h("span", { class: "figure" },
    h("b", null, typeof value === "number" ? count(value) : value), " ", value === 1 ? one : many);

/** A figure in a column of a list; its name is shown where the columns are not. */
export const number = (n, one, many = `${one}s`) => h("span", { class: "number" }, h("b", null, one === "source" && n >= 64 ? "64+" : count(n)),
    " ", h("small", null, n === 1 ? one : many));
export const lastNumber = (time) => h("span", { class: "number last" }, hidden("Last arrival "), ago(time));

/** The names of a list's columns; the rows say them too, so this is for eyes only. */
export const columns = (names) => h("div", { class: "columns", "aria-hidden": "true" }, names.map((name) => h("span", null, name)));

/** Moves the focus so many links on (or back) among those that the selector finds; for the keys j and k. */
function stepLinks(place, selector, by) {
    const links = [...place.querySelectorAll(selector)];
    links[Math.max(0, Math.min(links.length - 1, links.indexOf(document.activeElement) + by))]?.focus();
}

/** Binds j and k to that. */
export function bindStep(place, selector) {
    bind("j", () => stepLinks(place, selector, 1));
    bind("k", () => stepLinks(place, selector, -1));
}

/** A button that fetches the rest of a list in place. */
export function moreButton(text, load) {
    const button = h("button", { type: "button", class: "more" }, text);
    button.addEventListener("click", async () => {
        button.disabled = true;
        try {
            await load();
        } catch (error) {
            if (error.name === "AbortError") return;
            if (error.code === undefined) throw error;
            button.textContent = `${text} (${error.message})`;
            button.disabled = false;
        }
    });
    return button;
}
