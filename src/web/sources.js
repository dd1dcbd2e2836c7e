/* The sources: who has it first, who comes after whom and how long after. */

import { get } from "./api.js";
import { shareBar } from "./charts.js";
import { figureCell, figureHead, h, rowHead, table, th } from "./dom.js";
import { ago, count, lag, percent } from "./format.js";
import { figure, heading, into, nothing, sourceLink, tabs, watch } from "./frame.js";
import * as route from "./route.js";

const ORDERS = [["headlines", "Headlines"], ["first", "Had it first"], ["lag", "Quickest"], ["name", "A–Z"]];
const LIMIT = 200;
const PAUSE_MS = 10000; // the figures of all sources cost the daemon more than a list

const lagText = (seconds) => (seconds === null || seconds === undefined ? "–" : lag(seconds));
const share = (value, name) => h("td", { class: "n with-bar" }, percent(value), shareBar(value, name));

function row(source) {
    const [leader] = source.follows;
    return h("tr", null, rowHead(sourceLink(source.source)), figureCell(count(source.headlines)), figureCell(count(source.stories)),
        source.shared === 0 ? figureCell("–") : share(source.first_share, "own"), share(source.duplicate_share, "other"),
        figureCell(lagText(source.lag_median_s)),
        h("td", { class: "gap" }, leader ? [sourceLink(leader.source), ` ${count(leader.count)}×`] : "–"), figureCell(ago(source.last)));
}

const head = () => [th("Source"), figureHead("Headlines"), figureHead("Stories"), figureHead("Had it first"),
    figureHead("Duplicates"), figureHead("Typical lag"), th("Follows most", { class: "gap" }), figureHead("Last")];

async function all(collection, order, signal) {
    const { sources } = await get("sources", "sources", { collection, order, limit: LIMIT }, signal);
    if (!sources.length) return nothing("No source has sent anything yet.");
    return [table("Sources", head(), sources.map(row), { class: "sources" }),
        h("p", { class: "note" }, "Who had it first is what this daemon has observed, in stories of two or more sources. "
            + "The typical lag is the median, counted from a story's first headline, over the stories that another source had first.")];
}

function one(source) {
    const figures = h("p", { class: "figures" }, figure(source.headlines, "headline"), figure(source.stories, "story", "stories"),
        source.shared === 0 ? null : figure(percent(source.first_share), "had it first", "had it first"),
        figure(percent(source.duplicate_share), "duplicate"), figure(lagText(source.lag_median_s), "typical lag", "typical lag"));
    const rows = source.follows.map((leader) => h("tr", null, rowHead(sourceLink(leader.source)), figureCell(count(leader.count)),
        figureCell(lagText(leader.lag_median_s))));
    return [figures, h("p", null, "Last headline ", ago(source.last, " ago"), ". ",
        h("a", { href: route.to("stories", null, { source: source.source, order: "latest" }) }, "Its stories")),
        h("h2", null, "Whom it follows"),
        rows.length ? table("Whom it follows", [th("Source that had the story first"), figureHead("Stories"), figureHead("Typical lag")], rows)
            : nothing("Nobody: it has had its stories first, or alone.")];
}

export async function open(main, { id, parameters, collection, signal }) {
    const place = h("div");
    const order = ORDERS.some(([name]) => name === parameters.order) ? parameters.order : "headlines";
    let look;
    if (id) {
        main.append(h("p", { class: "crumb" }, h("a", { href: route.to("sources", null) }, "Sources")), heading(id));
        look = async () => {
            const { sources } = await get("sources", "sources", { collection, source: id }, signal);
            return sources.length ? one(sources[0]) : nothing("This source has no live headline here.");
        };
    } else {
        main.append(heading("Sources"), h("div", { class: "head" },
            tabs("Order", order, ORDERS.map(([name, text]) => [name, text, route.to("sources", null, { order: name })]))), place);
        look = () => all(collection, order, signal);
    }
    if (id) main.append(place);
    await into(place, look(), signal);
    const reading = () => place.matches(":hover") || place.contains(document.activeElement) || scrollY > 40;
    const concerns = ({ kind }) => kind === "story_grew" || kind === "story_created";
    watch(signal, concerns, async () => !reading() && into(place, look(), signal), () => PAUSE_MS);
}

