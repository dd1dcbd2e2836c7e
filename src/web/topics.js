/* The topics: matters that go on for longer than one story. */

import { get } from "./api.js";
import { h, words } from "./dom.js";
import { bindStep, columns, field, heading, into, lastNumber, moreButton, nothing, number, tabs, values, watch } from "./frame.js";
import * as route from "./route.js";

const PAGE = 50;
const ORDERS = [["trending", "Trending"], ["latest", "Latest"], ["size", "Largest"]];

const row = (topic) => h("li", { class: "topic" },
    h("div", { class: "what" }, h("h2", null, words("a", topic.terms.join(" · ") || `Topic ${topic.topic}`, null,
        { href: route.to("topic", topic.topic) })),
        words("p", topic.representative.title, topic.representative.lang, { class: "by" })),
    number(topic.story_count, "story", "stories"), number(topic.headlines, "headline"), lastNumber(topic.last));

function append(list, page, ask) {
    list.querySelector(".more")?.parentElement.remove();
    list.append(...page.topics.map(row));
    if (page.next) list.append(h("li", { class: "more-place" }, moreButton("Show more", async () => append(list, await ask(page.next), ask))));
}

export async function open(main, { parameters, collection, signal }) {
    const { text } = parameters;
    const order = ORDERS.some(([name]) => name === parameters.order) ? parameters.order : "trending";
    const ask = (cursor) => get("topics", "topics", { collection, order, text, cursor, limit: PAGE }, signal);
    const place = h("div", { class: "topics" });
    let pages = 0;
    const first = async () => {
        const page = await ask(null);
        pages = 1;
        if (!page.topics.length) return nothing(text ? "No topic is known by these words."
            : "No topics yet. One is made when a second story about the same matter is found.");
        const list = h("ol", { "aria-label": "Topics" });
        append(list, page, (cursor) => {
            pages++;
            return ask(cursor);
        });
        return [columns(["Topic", "Stories", "Headlines", "Last"]), list];
    };
    const form = h("form", { class: "filters", role: "search", "aria-label": "Find topics", onsubmit: (event) => {
        event.preventDefault();
        route.go(route.to("topics", null, { order, ...values(form) }), true);
    } }, field("Words", h("input", { name: "text", type: "search", value: text ?? "", placeholder: "any" })));
    main.append(heading("Topics"),
        h("div", { class: "head" }, tabs("Order", order, ORDERS.map(([name, label]) =>
            [name, label, route.to("topics", null, { order: name, text })])), form), place);
    bindStep(place, "h2 a");
    await into(place, first(), signal);
    // what somebody reads stays as it is: only a list at its beginning is asked for anew
    const reading = () => pages > 1 || place.matches(":hover") || place.contains(document.activeElement) || scrollY > 40;
    watch(signal, ({ kind }) => kind.includes("topic"), async () => !reading() && into(place, first(), signal), () => 4000);
}
