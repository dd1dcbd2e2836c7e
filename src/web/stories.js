/* The wall: stories as they arrive, in one of four orders. Numbers change in place; the order changes only while nobody is reading. */

import { get, lacks } from "./api.js";
import { h, hidden, readable, words } from "./dom.js";
import { sparkline } from "./charts.js";
import { ago, count, decimals, plural, setTime } from "./format.js";
import { announce, columns, failure, folded, heading, languageField, nothing, select, field, sourceField, tabs, values, waiting,
    watch } from "./frame.js";
import { bind } from "./keys.js";
import { VirtualList } from "./list.js";
import { live } from "./live.js";
import * as route from "./route.js";

const FIRST_PAGE = 60;
const PAGE = 100; // the daemon gives no more at once with their arrivals
const AUTO_MS = 2000;  // between two looks while the list follows
const HELD_MS = 3000;  // and while it only counts what is new
const READING_MS = 30000; // a pointer that rests longer has been left lying, as on a wall
const TOP_PX = 40;     // not scrolled further than this, the reader is at the top

const ORDERS = [["trending", "Trending"], ["latest", "Latest"], ["size", "Largest"], ["breaking", "Breaking"]];
const ABOUT = {
    trending: "Most arrivals, the recent ones counting most",
    latest: "Last arrival first",
    size: "Most headlines first",
    breaking: "More headlines from more sources in the last hour than its own past would have it",
};
const MINIMA = [["", "any"], ["2", "2 or more"], ["3", "3 or more"], ["5", "5 or more"], ["10", "10 or more"]];

const languages = new Set(); // seen so far, by their tags

function ask(request, cursor, limit) {
    const { order, collection, filters, signal } = request;
    const common = { collection, ...filters, limit, cursor, arrivals: true };
    if (order === "breaking") return get("breaking", "breaking", { ...common, limit: PAGE }, signal);
    return get("stories", "stories", { ...common, order }, signal);
}

/** The names of the sources, for the filter; none where the daemon does not tell. */
async function sourceNames({ collection, signal }) {
    if (lacks("sources")) return [];
    return (await get("sources", "sources", { collection, limit: 500 }, signal)).sources.map(({ source }) => source);
}

const number = (value, text, name) => h("span", { class: `number ${name}` }, h("b", null, value), " ", h("small", null, text));

function create(story, breaking) {
    const row = h("li", { class: "story" });
    row.parts = {
        title: h("h2", { dir: "auto" }, h("a")),
        by: h("p", { class: "by" }),
        plot: h("span", { class: "arrivals" }),
        velocity: breaking ? h("span", { class: "number velocity" }) : null,
        headlines: number("", "headlines", "headlines"),
        sources: number("", "sources", "sources"),
        last: ago(story.last),
    };
    const { title, by, plot, velocity, headlines, sources, last } = row.parts;
    row.append(h("div", { class: "what" }, title, by), plot, ...(velocity ? [velocity] : []), headlines, sources,
        h("span", { class: "number last" }, hidden("Last arrival "), last));
    update(row, story);
    return row;
}

/** Sets a number, and marks it for a moment when it has risen under the reader's eyes. */
function setNumber(element, value, text, one) {
    const [bold, , small] = element.childNodes;
    const shown = element.value;
    element.value = value;
    if (shown === value) return;
    bold.textContent = text ?? count(value);
    small.textContent = value === 1 ? one : `${one}s`;
    if (shown !== undefined && value > shown) bold.animate([{ color: "var(--accent)" }, { color: "var(--accent)", offset: 0.6 },
        { color: "inherit" }], 2500);
}

function setTitle(link, story) {
    const { title, lang } = story.representative;
    if (link.shown === title) return;
    link.shown = title;
    link.setAttribute("href", route.to("story", story.story));
    link.textContent = readable(title);
    link.title = link.textContent; // the row may have no room for all of it
    link.lang = lang ?? "";
}

function update(row, story) {
    const { title, by, plot, velocity, headlines, sources, last } = row.parts;
    setTitle(title.firstChild, story);
    by.replaceChildren(
        story.first_source ? words("span", story.first_source, null, { class: "source" })
            : h("span", { class: "source none" }, "source unknown"),
        story.headlines > 1 ? " had it first, " : " · ", ago(story.first, " ago"));
    setNumber(headlines, story.headlines, null, "headline");
    setNumber(sources, story.source_count, story.source_count >= 64 ? "64+" : null, "source");
    setTime(last, story.last);
    if (story.arrivals) plot.replaceChildren(sparkline(story.arrivals));
    if (velocity && story.velocity) showVelocity(velocity, story.velocity);
    row.classList.toggle("single", story.headlines === 1);
    row.classList.toggle("gone", Boolean(story.gone));
}

function showVelocity(element, velocity) {
    const { per_hour, ratio, headlines, sources, expected } = velocity;
    element.replaceChildren(h("b", null, `×${decimals(ratio, ratio < 10 ? 1 : 0)}`), " ",
        h("small", null, `${decimals(per_hour, per_hour < 10 ? 1 : 0)} an hour`));
    element.title = `${plural(headlines, "headline")} from ${plural(sources, "source")} in the window; ${decimals(expected, 1)} expected`;
}

function filterForm(request, apply) {
    const { order, filters } = request;
    const form = h("form", { class: "filters", "aria-label": "Filters", onsubmit: (event) => event.preventDefault(), onchange: () =>
        apply(values(form)) },
        sourceField(filters.source, sourceNames(request)), languageField(filters.lang, languages),
        order === "breaking" ? null : field("Headlines", select("min_headlines", filters.min_headlines, MINIMA)));
    return form;
}

/** Keeps the languages that were seen on offer, without taking the choice away while it is open. */
function offerLanguages(form, stories) {
    const before = languages.size;
    for (const { representative } of stories) if (representative.lang) languages.add(representative.lang.split("-")[0]);
    const old = form.querySelector("select[name=lang]");
    if (languages.size === before && old.options.length > languages.size) return;
    if (old === document.activeElement) return;
    old.closest("label").replaceWith(languageField(old.value, languages));
}

/** The state of one open list: what it holds, whether it follows, and what it does when the daemon has something new. */
class Wall {
    constructor(main, request) {
        this.request = request;
        this.next = null;
        this.loading = false;
        const breaking = request.order === "breaking";
        this.list = new VirtualList({
            label: "Stories", key: (story) => story.story, create: (story) => create(story, breaking), update, more: () => this.more(),
        });
        this.pointed = -Infinity; // when the pointer was last moved over the list; a finger leaves without saying so
        for (const type of ["pointermove", "pointerleave"]) {
            this.list.element.addEventListener(type, (event) => {
                this.pointed = type === "pointermove" && event.pointerType === "mouse" ? performance.now() : -Infinity;
            });
        }
        this.pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => this.showNew() });
        this.form = filterForm(request, (filters) => route.go(route.to("stories", null, { order: request.order, ...filters }), true));
        this.place = h("div", { class: "place" }, waiting());
        const title = heading("Stories");
        title.className = "hidden"; // the navigation says it to those who see
        main.append(title,
            h("div", { class: "head" },
                tabs("Order", request.order, ORDERS.map(([order, text]) =>
                    [order, text, route.to("stories", null, { ...request.filters, order })])),
                    folded(Object.values(request.filters).some(Boolean), this.form)),
            h("p", { class: "about" }, ABOUT[request.order]), h("div", { class: "pill-place" }, this.pill), this.place);
        this.columns = columns(["Story", "Arrivals", ...(breaking ? ["Velocity"] : []), "Headlines", "Sources", "Last"]);
    }

    get held() {
        const { element } = this.list;
        return scrollY > TOP_PX || element.contains(document.activeElement) || performance.now() - this.pointed < READING_MS;
    }

    /** Puts the list in place of a word about it, or the other way round. */
    show(word) {
        if (word) {
            this.place.replaceChildren(word);
            this.listed = false;
        } else if (!this.listed) {
            this.place.replaceChildren(this.columns, this.list.element);
            this.listed = true;
        }
    }

    replace({ stories, next, truncated }, glide) {
        this.next = next ?? null;
        this.truncated = truncated;
        this.setNew([]);
        this.show(stories.length ? null : nothing(this.request.order === "breaking" ? "Nothing is breaking now."
            : "No stories yet. They show up here as they arrive."));
        this.list.set(stories, glide);
        offerLanguages(this.form, stories);
    }

    async more() {
        if (!this.next || this.loading) return;
        this.loading = true;
        try {
            const { stories, next } = await ask(this.request, this.next, PAGE);
            this.next = next;
            this.loading = false;
            this.list.set([...this.list.items, ...stories.filter((story) => !this.list.places.has(story.story))]);
        } catch (error) {
            if (error.name !== "AbortError" && error.code === undefined) throw error;
        } finally {
            this.loading = false; // after a failure the next scroll tries again
        }
    }

    /** Asks for the first page: shows it when nobody is reading, else takes its numbers and counts what it has more. */
    async look() {
        let page;
        try {
            page = await ask(this.request, null, FIRST_PAGE);
        } catch (error) {
            if (error.name === "AbortError") return;
            if (error.code === undefined) throw error;
            if (error.code !== "unreachable" || !this.listed) this.show(failure(error));
            return;
        }
        if (this.request.signal.aborted) return;
        if (!this.listed || !this.held) this.replace(page, true);
        else this.compare(page);
    }

    compare(page) {
        const fresh = new Map(page.stories.map((story) => [story.story, story]));
        const before = this.list.places;
        this.list.set(this.list.items.map((story) => fresh.get(story.story) ?? story));
        this.setNew(page.stories.filter((story) => !before.has(story.story)), page.stories.length);
    }

    setNew(stories, outOf = 0) {
        const more = stories.length === outOf ? "+" : "";
        clearTimeout(this.later);
        this.pill.hidden = stories.length === 0;
        if (!stories.length) return;
        this.later = setTimeout(() => this.plan(), READING_MS); // the reader may have gone by then
        this.pill.textContent = `${stories.length}${more} new`;
        this.pill.setAttribute("aria-label", `${stories.length}${more} new: show them at the top`);
        announce(`${stories.length}${more} new ${stories.length === 1 ? "story" : "stories"}`);
    }

    async showNew() {
        scrollTo(0, 0);
        document.activeElement?.blur();
        this.replace(await ask(this.request, null, FIRST_PAGE), false);
    }

    /** What an event tells of a story on the list, at once and without asking. */
    apply(event) {
        const changes = {
            story_grew: (old) => ({ headlines: event.headlines ?? old.headlines, source_count: event.sources ?? old.source_count,
                last: event.time ?? old.last }),
            story_merged: () => ({ gone: true }),
            story_expired: () => ({ gone: true }),
        }[event.kind];
        if (changes) this.list.change(event.story, (old) => ({ ...old, ...changes(old) }));
    }
}

export async function open(main, { parameters, collection, signal, kept }) {
    const order = ORDERS.some(([name]) => name === parameters.order) ? parameters.order : "trending";
    const { source, lang, min_headlines } = parameters;
    const wall = new Wall(main, { order, collection, signal, filters: { source, lang, min_headlines: order === "breaking" ? undefined
        : min_headlines } });
    signal.addEventListener("abort", () => {
        wall.list.close();
        clearTimeout(wall.later);
    });
    bind("j", () => wall.list.step(1));
    bind("k", () => wall.list.step(-1));
    bind("n", () => wall.showNew());
    live.addEventListener("event", ({ detail }) => wall.apply(detail), { signal });
    wall.plan = watch(signal, ({ kind }) => kind.startsWith("story_"), () => wall.look(), () => (wall.held ? HELD_MS : AUTO_MS));
    if (kept) {
        wall.replace(kept);
        wall.plan();
    } else {
        await wall.look();
    }
    return () => ({ stories: wall.list.items, next: wall.next, truncated: wall.truncated });
}
