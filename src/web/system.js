/* How the daemon is: health, figures, rates, memory, journal, latencies. It asks every two seconds while somebody looks. */

import { get, server } from "./api.js";
import { shareBar, sparkline } from "./charts.js";
import { figureCell, figureHead, h, rowHead, table, th } from "./dom.js";
import { absolute, bytes, count, decimals, percent, span } from "./format.js";
import { failure, heading, waiting } from "./frame.js";
import { live } from "./live.js";

const POLL_MS = 2000;
const KEPT = 60; // polls that the rates' curves show

/** What changes by the second, as amounts since the start: [key, name, from stats, how to show a rate]. */
const RATES = [
    ["inputs", "Headlines in", ({ engine }) => engine.seq, (x) => `${decimals(x, x < 10 ? 1 : 0)} /s`],
    ["requests", "Requests", (stats) => stats.server?.requests, (x) => `${decimals(x, x < 10 ? 1 : 0)} /s`],
    ["in", "Bytes in", (stats) => stats.server?.bytes_in, (x) => `${bytes(x)}/s`],
    ["out", "Bytes out", (stats) => stats.server?.bytes_out, (x) => `${bytes(x)}/s`],
];

/** The rates between two polls; restarts of the daemon, after which amounts fall, give none. */
class Rates {
    constructor() {
        this.curves = new Map(RATES.map(([key]) => [key, new Array(KEPT).fill(0)]));
        this.now = new Map();
    }

    take(stats) {
        const time = Date.parse(stats.time);
        for (const [key, , amount] of RATES) {
            const before = this.last && amount(this.last.stats);
            const after = amount(stats);
            if (before === undefined || after === undefined || after < before || time <= this.last.time) continue;
            const rate = ((after - before) * 1000) / (time - this.last.time);
            this.now.set(key, rate);
            const curve = this.curves.get(key);
            curve.push(rate);
            curve.shift();
        }
        this.last = { stats, time };
    }

    cards() {
        return RATES.filter(([, , amount]) => amount(this.last.stats) !== undefined).map(([key, name, , show]) => {
            const plot = sparkline({ counts: this.curves.get(key), bucket_ms: POLL_MS });
            plot.setAttribute("aria-label",
                `${name} in the last ${span((KEPT * POLL_MS) / 1000)}, at most ${show(Math.max(...this.curves.get(key)))}`);
            plot.querySelector("title").textContent = plot.getAttribute("aria-label");
            return h("div", { class: "card" }, h("span", null, name), h("b", null, this.now.has(key) ? show(this.now.get(key)) : "…"), plot);
        });
    }
}

async function probe(path, signal) {
    try {
        const response = await fetch(path, { signal, cache: "no-store" });
        return { ok: response.ok, text: response.ok ? "yes" : (await response.text()).slice(0, 200) || `status ${response.status}` };
    } catch (error) {
        if (error.name === "AbortError") throw error;
        return { ok: false, text: "no answer" };
    }
}

const card = (name, value, note) => h("div", { class: "card" }, h("span", null, name), h("b", null, value), note ? h("small", null, note)
    : null);

function health({ ok, text }, ready, stats) {
    const state = (name, { ok: good, text: why }) => h("p", { class: `lamp ${good ? "good" : "bad"}` }, h("b", null, name), " ", good ? "yes"
        : `no: ${why}`);
    return [state("Alive", { ok, text }), state("Ready", ready),
        stats.store?.failed ? h("p", { class: "lamp bad" }, h("b", null, "Disk"),
            ` takes nothing: ${stats.store.reason ?? "no reason is known"}. Changes are refused.`) : null,
        h("p", { class: "note" }, `${server.name}, up ${span(stats.server?.uptime_s ?? 0)}`, stats.server
            ? ` since ${absolute(stats.server.started)}` : "")];
}

const figures = ({ engine }) => [card("Headlines", count(engine.headlines), "live"),
    card("Stories", count(engine.stories), `${count(engine.stories_multiple)} of two or more`),
    card("Topics", count(engine.topics)), card("Collections", count(engine.collections)),
    card("Vocabulary", count(engine.features), "words and pairs"), card("Accepted", count(engine.seq), "since the beginning")];

function memory({ engine, server: figures_of }) {
    return [card("Engine", bytes(engine.memory_bytes)), figures_of ? card("Process", bytes(figures_of.resident_bytes), "resident") : null,
        figures_of ? card("Connections", count(figures_of.connections), `${count(figures_of.connections_total)} so far`) : null,
        card("Per headline", engine.headlines ? bytes(engine.memory_bytes / engine.headlines) : "–")];
}

function verdicts({ engine }) {
    const all = Object.entries(engine.verdicts);
    const total = all.reduce((sum, [, n]) => sum + n, 0);
    return table("Verdicts since the start", [th("Verdict"), th("", { class: "wide" }), figureHead("Count"), figureHead("Share")],
        all.map(([name, n]) => h("tr", null, rowHead(name), h("td", { class: "wide" },
            shareBar(total ? n / total : 0, name === "new" ? "own" : "other")),
            figureCell(count(n)), figureCell(percent(total ? n / total : 0)))));
}

/** Names of stats as words: slow_readers_dropped -> slow readers dropped. */
const pairs = (name, entries) => table(name, [th("What"), figureHead("Value")],
    entries.filter(([, value]) => value !== undefined).map(([key, value]) => h("tr", null, rowHead(key), figureCell(value))));

function journal({ store }) {
    if (!store) return h("p", null, "This daemon keeps its state in memory only.");
    return pairs("Journal", [["Last change", count(store.seq)], ["On disk up to", count(store.durable)],
        ["Held in memory", bytes(store.held_bytes)],
        ["Since the last snapshot", bytes(store.bytes_since_snapshot)], ["Syncs", count(store.syncs)],
        ["Waits for the disk", count(store.waits)], ["Failures", count(store.failures)],
        ["Changes refused", count(store.refused)], ["Snapshots", count(store.snapshots)], ["Snapshots failed", count(store.snapshots_failed)],
        ["Last snapshot", store.snapshot_running ? "being written" : store.snapshot_age_s === undefined ? "none yet"
            : `${span(store.snapshot_age_s)} ago`],
        ["Longest stall by a snapshot", `${decimals(store.snapshot_stall_us / 1000, 1)} ms`]]);
}

function upkeep({ engine, server: of }) {
    return pairs("Upkeep and drops", [["Merges", count(engine.merges)], ["Splits", count(engine.splits)],
        ["Topic merges", count(engine.topic_merges)],
        ["Left by age", count(engine.expired_age)], ["Left by count", count(engine.expired_count)],
        ["Left by memory", count(engine.expired_memory)], ["Removed", count(engine.removed)],
        ...(of ? [["Errors answered", count(of.errors)], ["Connections refused", count(of.connections_refused)],
            ["Timeouts", count(of.timeouts)], ["Slow readers dropped", count(of.slow_readers_dropped)],
            ...Object.entries(of.errors_by_code ?? {}).filter(([, n]) => n > 0).map(([code, n]) => [`Error ${code}`, count(n)])] : [])]);
}

const duration = (us) => (us < 1000 ? `${decimals(us, us < 10 ? 1 : 0)} µs` : us < 1e6 ? `${decimals(us / 1000, us < 1e4 ? 1 : 0)} ms`
    : `${decimals(us / 1e6, 1)} s`);

function latency({ server: of }) {
    if (!of?.ops) return h("p", null, "This daemon does not tell how long its answers take.");
    return table("Time to carry out, by op", [th("Op"), figureHead("Count"), figureHead("Mean"), figureHead("Half within"),
        figureHead("99 % within")],
        [...of.ops].sort((a, b) => b.count - a.count).map(({ op, count: n, mean_us, p50_us, p99_us }) => h("tr", null, rowHead(op),
            [count(n), duration(mean_us), duration(p50_us), duration(p99_us)].map((text) => figureCell(text)))));
}

const PARTS = [
    ["health", "Health", "lamps"], ["rates", "Rates", "cards"], ["figures", "Live", "cards"], ["memory", "Memory and connections", "cards"],
    ["verdicts", "Verdicts", "half"], ["latency", "Latency", "half"], ["journal", "Journal and snapshots", "half"],
        ["upkeep", "Upkeep and drops", "half"],
];

export async function open(main, { signal }) {
    const rates = new Rates();
    const places = new Map(PARTS.map(([key, , kind]) => [key, h("div", { class: kind })]));
    main.append(heading("System"), h("div", { class: "system" }, PARTS.map(([key, name, kind]) =>
        h("section", { class: kind, "aria-label": name }, h("h2", null, name), places.get(key)))));
    const put = (key, content) => places.get(key).replaceChildren(...[content].flat().filter(Boolean));

    async function look() {
        const [stats, alive, ready] = await Promise.all([get("stats", "stats", {}, signal), probe("healthz", signal), probe("readyz", signal)]);
        rates.take(stats);
        put("health", health(alive, ready, stats));
        put("rates", rates.cards());
        put("figures", figures(stats));
        put("memory", memory(stats));
        put("verdicts", verdicts(stats));
        put("latency", latency(stats));
        put("journal", journal(stats));
        put("upkeep", upkeep(stats));
    }

    put("health", waiting());

    async function poll() {
        if (document.hidden || signal.aborted) return;
        try {
            await look();
        } catch (error) {
            if (error.name === "AbortError") return;
            if (error.code === undefined) throw error;
            put("health", failure(error));
        }
    }

    const timer = setInterval(poll, POLL_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    live.addEventListener("refresh", poll, { signal });
    await poll();
}

