/* One topic: what it is about, and its stories. */

import { get } from "./api.js";
import { sparkline } from "./charts.js";
import { h, words } from "./dom.js";
import { ago } from "./format.js";
import { bindStep, columns, figure, heading, lastNumber, moreButton, number, sourceLink, storyLink, watch } from "./frame.js";
import * as route from "./route.js";

const PAGE = 50;

const row = (story) => h("li", { class: story.arrivals ? "topic plotted" : "topic" },
    h("div", { class: "what" }, h("h2", null, storyLink(story.story, story.representative.title, story.representative.lang)),
        h("p", { class: "by" }, sourceLink(story.first_source), " had it first, ", ago(story.first, " ago"))),
    story.arrivals ? h("span", { class: "arrivals" }, sparkline(story.arrivals)) : null,
    number(story.headlines, "headline"), number(story.source_count, "source"), lastNumber(story.last));

export async function open(main, { id, signal }) {
    const ask = (cursor) => get("topic", `topics/${encodeURIComponent(id ?? "")}`, { limit: PAGE, cursor, arrivals: true }, signal);
    const topic = await ask(null);
    if (String(topic.topic) !== id) { // it was absorbed
        route.go(route.to("topic", topic.topic), true);
        return;
    }
    const plotted = topic.stories.some(({ arrivals }) => arrivals);
    const head = h("div");
    const list = h("ol", { "aria-label": "Stories of this topic" });
    let pages = 0;
    const append = (page) => {
        pages++;
        list.querySelector(".more")?.parentElement.remove();
        list.append(...page.stories.map(row));
        if (page.next) list.append(h("li", { class: "more-place" }, moreButton("Show more", async () => append(await ask(page.next)))));
    };
    const show = (page) => {
        pages = 0;
        head.replaceChildren(words("p", page.representative.title, page.representative.lang, { class: "lead" }),
            h("p", { class: "figures" }, figure(page.story_count, "story", "stories"), figure(page.headlines, "headline"),
                h("span", { class: "figure" }, "since ", ago(page.first, " ago"), ", last ", ago(page.last, " ago"))));
        list.replaceChildren();
        append(page);
    };
    main.append(h("p", { class: "crumb" }, h("a", { href: route.to("topics", null, { collection: topic.collection }) }, "Topics"),
        ` / ${topic.topic}`),
        heading(topic.terms.join(" · ") || `Topic ${topic.topic}`), head,
        h("div", { class: plotted ? "topics of-stories" : "topics below" },
            columns(["Story", ...(plotted ? ["Arrivals"] : []), "Headlines", "Sources", "Last"]), list));
    show(topic);
    bindStep(list, "h2 a");
    const reading = () => pages > 1 || list.matches(":hover") || list.contains(document.activeElement) || scrollY > 40;
    watch(signal, (event) => String(event.topic) === id, async () => {
        if (!reading()) show(await ask(null));
    }, () => 4000);
}
