/* Search over the live headlines: words, "phrases", beginnings*, by source, language and time. */

import { get, lacks } from "./api.js";
import { h, hidden, outLink } from "./dom.js";
import { ago, plural, serverNow } from "./format.js";
import { bindStep, field, folded, heading, into, moreButton, nothing, select, sourceField, sourceLink, values } from "./frame.js";
import * as route from "./route.js";

const PAGE = 50;
const SINCE = [["", "any time"], ["3600", "last hour"], ["86400", "last day"], ["604800", "last week"], ["2592000", "last month"],
    ["range", "between…"]];
const LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "uk", "zh"];

const display = new Intl.DisplayNames(undefined, { type: "language" });

async function sourceNames(collection, signal) {
    if (lacks("sources")) return [];
    return (await get("sources", "sources", { collection, limit: 500 }, signal)).sources.map(({ source }) => source);
}

const row = (headline) => h("li", null, h("h2", null, outLink(headline.url, headline.title, headline.lang)),
    h("p", { class: "by" }, sourceLink(headline.source), " ", ago(headline.received, " ago"), " · ",
        h("a", { class: "to-story", href: route.to("story", headline.story) }, "its story", hidden(` (${headline.story})`)),
        headline.topic ? [" · ", h("a", { href: route.to("topic", headline.topic) }, "its topic")] : null));

/** The time of an <input type="datetime-local">, which is in the viewer's zone. */
function instant(text) {
    const date = new Date(text);
    return text && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}

function request({ q, source, lang, order, within, since, until }, collection) {
    const range = within === "range";
    const from = range ? instant(since) : within && new Date(serverNow() - Number(within) * 1000).toISOString();
    return { q, source, lang, order, since: from, until: range ? instant(until) : undefined, collection, limit: PAGE };
}

function results(page, ask) {
    if (!page.headlines.length) return nothing("No live headline has all of this. Headlines leave when their window ends.");
    const list = h("ol", { class: "results", "aria-label": "Headlines found" });
    const note = h("p", { class: "note", role: "status" });
    const append = ({ headlines, next, truncated }) => {
        list.querySelector(".more")?.parentElement.remove();
        list.append(...headlines.map(row));
        const stopped = truncated ? "; the daemon stopped looking, older ones may be missing" : "";
        note.textContent = `${plural(list.querySelectorAll("h2").length, "headline")}${next ? " and more" : ""}${stopped}`;
        if (next) list.append(h("li", { class: "more-place" }, moreButton("Show more", async () => append(await ask(next)))));
    };
    append(page);
    return [note, list];
}

export async function open(main, { parameters, collection, signal }) {
    const place = h("div", { class: "found" });
    const box = h("input", { name: "q", type: "search", value: parameters.q ?? "", placeholder: "storm “power cut” flood*",
        "aria-describedby": "search-how", autocomplete: "off" });
    const within = select("within", parameters.within, SINCE);
    const range = h("fieldset", { class: "range" }, h("legend", { class: "hidden" }, "Arrived between"),
        field("from", h("input", { name: "since", type: "datetime-local", value: parameters.since ?? "" })),
        field("to", h("input", { name: "until", type: "datetime-local", value: parameters.until ?? "" })));
    const showRange = () => {
        range.hidden = within.value !== "range";
        range.disabled = range.hidden; // so that its fields do not go into the address
    };
    within.addEventListener("change", showRange);
    showRange();
    const form = h("form", { class: "search", role: "search", onsubmit: (event) => {
        event.preventDefault();
        route.go(route.to("search", null, values(form)), true);
    } },
    h("div", { class: "ask" }, h("label", { class: "grow" }, hidden("Search for"), box), h("button", null, "Search")),
    folded(Boolean(parameters.source || parameters.lang || parameters.within || parameters.order),
        h("div", { class: "filters" }, sourceField(parameters.source, sourceNames(collection, signal)),
        field("Language", select("lang", parameters.lang, [["", "any"], ...LANGUAGES.map((tag) => [tag, display.of(tag)])])),
        field("Arrived", within), range, field("Order",
            select("order", parameters.order, [["rank", "best first"], ["latest", "latest first"]])))));
    main.append(heading("Search"), form,
        h("p", { class: "about", id: "search-how" },
            "Every word must be there. \u201cWords in quotes\u201d must stand together, and an asterisk stands for any ending: flood*"), place);
    bindStep(place, "a.to-story");
    if (parameters.q) {
        const ask = (cursor) => get("search", "search", { ...request(parameters, collection), cursor }, signal);
        await into(place, ask(null).then((page) => results(page, ask)), signal);
    } else {
        setTimeout(() => signal.aborted || box.focus());
    }
}
