/* One story: when it came in, from whom, what it holds, why, and what became of it. */

import { get } from "./api.js";
import { momentText, timeline } from "./charts.js";
import { figureCell, figureHead, h, outLink, readable, rowHead, safeUrl, table, th, words } from "./dom.js";
import { explain, verdictText } from "./explain.js";
import { ago, lag, percent, plural } from "./format.js";
import { announce, bindStep, failure, figure, heading, headlineLine, into, moreButton, sourceLink, storyLink, watch } from "./frame.js";
import { live } from "./live.js";
import * as route from "./route.js";

const PAGE = 200;
const BUCKETS = 60;
const LIKE = 0.08;  // less alike than this is chance
const SIMILAR = 6;
const TEARS = new Set(["story_merged", "story_split"]); // after these its members are others, not just more

const HISTORY = {
    absorbed: (other, n) => ["Took in story ", other, ` with ${n}`],
    split_off: (other, n) => ["Story ", other, ` left with ${n}`],
    split_from: (other, n) => ["Came out of story ", other, ` with ${n}`],
};

function head(story) {
    const { representative: headline } = story;
    const parts = [h("span", null, sourceLink(story.first_source), " had it first, ", ago(story.first, " ago")),
        h("span", null, "last arrival ", ago(story.last, " ago"))];
    if (story.topic) parts.push(h("a", { href: route.to("topic", story.topic) }, "its topic"));
    return [
        h("p", { class: "lead" }, parts.flatMap((part, i) => (i ? [h("span", { class: "dot", "aria-hidden": "true" }, " · "), part] : [part]))),
        h("p", { class: "figures" }, figure(story.headlines, "headline"),
            figure(story.source_count >= 64 ? "64+" : story.source_count, "source"),
            story.sightings ? figure(story.sightings, "seen again", "seen again") : null),
        safeUrl(headline.url) ? h("p", null, outLink(headline.url, "Read it at its source")) : null,
    ];
}

function sourcesTable(story) {
    if (!story.sources.length) return h("p", { class: "nothing" }, "No source is known.");
    const first = Date.parse(story.sources[0].first);
    const rows = story.sources.map(({ source, headlines, first: time }, i) => h("tr", null,
        rowHead(sourceLink(source)), figureCell(headlines),
        figureCell(i === 0 ? h("b", { class: "accent" }, "first") : lag((Date.parse(time) - first) / 1000))));
    return table("Sources, the first one at the front", [th("Source"), figureHead("Headlines"), figureHead("Lag")], rows);
}

function history(story) {
    if (!story.history.length) return null;
    return h("section", null, h("h2", null, "Merges and splits"), h("ul", { class: "plain" }, story.history.map((event) => {
        const other = h("a", { href: route.to("story", event.story) }, String(event.story));
        const text = HISTORY[event.kind]?.(other, plural(event.headlines, "headline")) ?? [event.kind.replaceAll("_", " "), " ", other];
        return h("li", null, text, h("span", { class: "by" }, " ", ago(event.at, " ago")));
    })));
}

function moments(line, open) {
    return h("details", { class: "moments", open }, h("summary", null, plural(line.moments.length, "moment")),
        h("ol", { class: "plain" }, line.moments.map((moment) => h("li", null, ago(moment.time, " ago"), " ", words("span", momentText(moment)),
            moment.headline ? [": ", words("span", moment.headline.title, moment.headline.lang, { class: "quoted" })] : null))));
}

/** Headlines under their originals: [[original, copies]...] in order of arrival; a copy of a copy goes to the first. */
export function fold(members) {
    const groups = new Map();
    const root = new Map(); // id -> id of the original it stands under
    for (const member of members) {
        const under = member.duplicate_of === null ? undefined : root.get(member.duplicate_of);
        root.set(member.id, under ?? member.id);
        if (under === undefined) groups.set(member.id, [member, []]);
        else groups.get(under)[1].push(member);
    }
    return [...groups.values()];
}

/** The members of one story, which grow at their end without moving what is above. */
class Members {
    constructor(story, signal) {
        this.collection = story.collection;
        this.signal = signal;
        this.members = [];
        this.groups = new Map(); // by the original's id: its <li>
        this.element = h("ol", { class: "members" });
        this.note = h("p", { class: "more-place" });
    }

    clear() {
        this.members = [];
        this.groups.clear();
        this.element.replaceChildren();
    }

    add(members) {
        const known = new Set(this.members.map(({ seq }) => seq));
        const fresh = members.filter(({ seq }) => !known.has(seq));
        this.members.push(...fresh);
        const grown = new Set(fresh.map(({ id }) => id));
        for (const [original, copies] of fold(this.members)) {
            let row = this.groups.get(original.id);
            if (!row) {
                row = this.row(original);
                this.groups.set(original.id, row);
                this.element.append(row);
            }
            if (copies.some(({ id }) => grown.has(id))) this.setCopies(row, copies);
        }
        return fresh.length;
    }

    row(member) {
        const panel = h("div", { class: "explanation", hidden: true });
        const button = h("button", { type: "button", class: "quiet why", "aria-expanded": "false" }, "Why here?");
        button.addEventListener("click", () => this.toggle(button, panel, member));
        const row = h("li", null, h("div", { class: "member" }, h("div", { class: "line" }, headlineLine(member)),
            h("span", { class: `tag ${member.verdict}`, title: `On arrival: ${verdictText(member.verdict)}` }, member.verdict), button), panel);
        row.panel = panel;
        return row;
    }

    setCopies(row, copies) {
        const open = row.copies?.open;
        const details = h("details", { class: "copies", open }, h("summary", null, plural(copies.length, "duplicate"), ": ",
            words("span", [...new Set(copies.map(({ source }) => source ?? "source unknown"))].join(", "))),
            h("ol", null, copies.map((copy) => h("li", { class: "line" }, headlineLine(copy),
                h("span", { class: `tag ${copy.verdict}` }, copy.verdict)))));
        if (row.copies) row.copies.replaceWith(details);
        else row.insertBefore(details, row.panel);
        row.copies = details;
    }

    async toggle(button, panel, member) {
        const open = button.getAttribute("aria-expanded") !== "true";
        button.setAttribute("aria-expanded", String(open));
        panel.hidden = !open;
        if (open) await into(panel, explain(member.id, this.collection, this.signal), this.signal);
    }
}

function similar(story, signal) {
    const place = h("div");
    const { id } = story.representative;
    const list = async () => {
        const { headlines } = await get("similar", "similar", { id, collection: story.collection, limit: 50 }, signal);
        const firsts = new Map(); // by story: the most similar of each
        for (const headline of headlines) if (!firsts.has(headline.story)) firsts.set(headline.story, headline);
        const others = [...firsts.values()].filter((headline) => headline.story !== story.story && headline.similarity >= LIKE);
        if (!others.length) return h("p", { class: "nothing" }, "Nothing else is like it.");
        return h("ul", { class: "plain similar" }, others.slice(0, SIMILAR).map((headline) =>
            h("li", null, storyLink(headline.story, headline.title, headline.lang),
            h("span", { class: "by" }, sourceLink(headline.source), " ", ago(headline.received, " ago"),
                ` · ${percent(headline.similarity)} alike`))));
    };
    into(place, list(), signal);
    return h("section", null, h("h2", null, "Similar, elsewhere"), place);
}

async function plot(place, story, signal) {
    const ask = get("timeline", `stories/${story.story}/timeline`, { buckets: BUCKETS }, signal);
    await into(place, ask.then((line) => [timeline(line), moments(line, place.querySelector("details")?.open)]), signal);
}

/** Shows what is there of this, unless the focus is inside: it would be lost. */
function put(place, content) {
    if (!place.contains(document.activeElement)) place.replaceChildren(...content.filter(Boolean));
}

/** The page of one story, kept up to date. */
class Page {
    constructor(main, story, signal) {
        this.id = story.story;
        this.signal = signal;
        this.members = new Members(story, signal);
        this.head = h("div");
        this.plot = h("div", { class: "plot-place" });
        this.sources = h("div");
        this.history = h("div");
        this.title = heading(story.representative.title, story.representative.lang);
        main.append(h("article", { class: "story-page" },
            h("p", { class: "crumb" }, h("a", { href: route.to("stories", null, { collection: story.collection }) }, "Stories"),
                ` / ${this.id}`),
            this.title, this.head, h("section", { "aria-label": "Timeline" }, this.plot),
            h("div", { class: "split" },
                h("section", null, h("h2", null, "Headlines, as they arrived"), this.members.element, this.members.note),
                h("aside", null, h("section", null, h("h2", null, "Sources"), this.sources), this.history, similar(story, signal)))));
        this.show(story);
    }

    show(story) {
        put(this.head, head(story));
        put(this.sources, [sourcesTable(story)]);
        put(this.history, [history(story)]);
        this.take(story);
        plot(this.plot, story, this.signal);
    }

    /** Adds a page of members, and offers the next one. */
    take(story) {
        const fresh = this.members.add(story.members);
        this.next = story.next;
        const rest = story.headlines - this.members.members.length;
        this.members.note.replaceChildren(...(this.next ? [moreButton(`Show more of the other ${rest}`, () => this.more())] : []));
        return fresh;
    }

    async more() {
        this.last = this.next;
        this.take(await get("story", `stories/${this.id}`, { limit: PAGE, cursor: this.next }, this.signal));
    }

    /** The page of members that was the last; all of them anew when a merge or a split has changed what came before. */
    async fetch() {
        const ask = (cursor) => get("story", `stories/${this.id}`, { limit: PAGE, cursor }, this.signal);
        if (!this.torn) return ask(this.last);
        this.torn = false;
        const number = this.members.members.length;
        let story = await ask(null);
        const { members } = story;
        for (this.last = null; story.next && members.length < number;) {
            this.last = story.next;
            story = await ask(this.last);
            members.push(...story.members);
        }
        this.members.clear();
        return { ...story, members };
    }

    async look() {
        const before = this.members.members.length;
        let story;
        try {
            story = await this.fetch();
        } catch (error) {
            if (error.name === "AbortError" || error.code === "unreachable") return;
            if (error.code === undefined) throw error;
            this.head.replaceChildren(failure(error));
            return;
        }
        if (story.story !== this.id) {
            route.go(route.to("story", story.story), true);
            return;
        }
        const title = readable(story.representative.title);
        if (this.title.textContent !== title) this.title.textContent = title;
        this.show(story);
        const fresh = this.members.members.length - before;
        if (fresh > 0) announce(`${plural(fresh, "new headline")} in this story`);
    }
}

export async function open(main, { id, signal }) {
    const story = await get("story", `stories/${encodeURIComponent(id ?? "")}`, { limit: PAGE }, signal);
    if (String(story.story) !== id) { // it was absorbed
        route.go(route.to("story", story.story), true);
        return null;
    }
    const page = new Page(main, story, signal);
    bindStep(page.members.element, ".why");
    const concerns = (event) => [event.story, event.into, event.new_story].some((other) => String(other) === id);
    watch(signal, concerns, () => page.look());
    live.addEventListener("event", ({ detail }) => {
        if (TEARS.has(detail.kind) && concerns(detail)) page.torn = true;
    }, { signal });
    live.addEventListener("refresh", () => {
        page.torn = true;
    }, { signal });
    return null;
}

