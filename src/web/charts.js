/* The two drawings, as inline SVG with text alternatives: a story's arrivals in a row of a list, and its timeline. */

import { h, s } from "./dom.js";
import { absolute, axisTime, count, plural, serverNow, span } from "./format.js";

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

const SPARK = { width: 96, height: 24, gap: 1 };

/** Bars for the counts, those of now marked: few paths, since a list has many. `end` is when the last one ends; left out: now. */
export function sparkline({ counts, bucket_ms, end }) {
    const top = Math.max(1, ...counts);
    const step = SPARK.width / counts.length;
    const bar = (n, i) => {
        const height = n === 0 ? 0 : Math.max(2, (n / top) * SPARK.height);
        const [x, up, across] = [i * step, height, step - SPARK.gap].map((value) => value.toFixed(2));
        return height ? `M${x} ${SPARK.height}v-${up}h${across}v${up}z` : "";
    };
    const last = counts.length - 1;
    const past = end !== undefined && serverNow() - Date.parse(end) > bucket_ms; // silent for long: the chart ends with its last arrival
    const length = span((bucket_ms * counts.length) / 1000);
    const text = `Arrivals in the ${past ? `${length} up to ${absolute(end)}` : `last ${length}`}: ${count(sum(counts))}, `
        + `at most ${count(top)} in ${span(bucket_ms / 1000)}${past ? "" : `, now ${count(counts[last])}`}`;
    return s("svg", { class: "spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, preserveAspectRatio: "none", role: "img",
        "aria-label": text },
        s("title", null, text),
        s("path", { class: "base", d: `M0 ${SPARK.height - 0.5}h${SPARK.width}` }),
        s("path", { class: "past", d: counts.slice(0, last).map(bar).join("") }),
        s("path", { class: past ? "past" : "now", d: bar(counts[last], last) }));
}

const MOMENTS = {
    first: ({ source }) => `first: ${source ?? "source unknown"}`,
    source: ({ source }) => `${source ?? "source unknown"} has it too`,
    peak: ({ headlines }) => `peak: ${plural(headlines ?? 0, "headline")}`,
    absorbed: ({ other_story, headlines }) => `story ${other_story} was merged into this one (${plural(headlines ?? 0, "headline")})`,
    split_off: ({ other_story, headlines }) => `story ${other_story} was split off (${plural(headlines ?? 0, "headline")})`,
    split_from: ({ other_story, headlines }) => `split from story ${other_story} (${plural(headlines ?? 0, "headline")})`,
};

export const momentText = (moment) => MOMENTS[moment.kind]?.(moment) ?? moment.kind.replaceAll("_", " ");

const PLOT = { height: 168, top: 26, bottom: 24, left: 34, right: 8 };

/** A round number of at least n to end an axis with. */
function ceiling(n) {
    const unit = 10 ** Math.floor(Math.log10(Math.max(1, n)));
    return [1, 2, 5, 10].map((m) => m * unit).find((m) => m >= n);
}

function bars(line, x, y, step) {
    const base = y(0);
    return line.counts.map((n, i) => {
        const copies = line.duplicates[i] ?? 0;
        const from = Date.parse(line.start) + i * line.bucket_ms;
        const wide = Math.max(1, step - (step > 4 ? 1.5 : 0));
        const text = `${absolute(from)}, ${span(line.bucket_ms / 1000)}: ${plural(n, "headline")}, ${plural(copies, "duplicate")}`;
        return s("g", { class: "bucket" }, s("title", null, text),
            s("rect", { class: "hit", x: x(i), y: PLOT.top, width: step, height: base - PLOT.top }),
            n > copies && s("rect", { class: "own", x: x(i), y: y(n - copies), width: wide, height: base - y(n - copies) }),
            copies > 0 && s("rect", { class: "copies", x: x(i), y: y(n), width: wide, height: y(n - copies) - y(n) }));
    });
}

function ticks(line, width, x) {
    const length_ms = line.bucket_ms * line.counts.length;
    const label_px = axisTime(Date.parse(line.start), length_ms).length * 7 + 24;
    const number = Math.max(1, Math.floor(width / label_px) - 1); // the first and the last label lie inside, so they take more
    return Array.from({ length: number + 1 }, (_, k) => {
        const i = (k * line.counts.length) / number;
        const at = k === 0 ? "start" : k === number ? "end" : "middle";
        return s("text", { class: "tick", x: x(i), y: PLOT.height - 6, "text-anchor": at },
            axisTime(Date.parse(line.start) + i * line.bucket_ms, length_ms));
    });
}

/** Marks above the bars: a stroke where a source joins, a diamond for a merge, a split or the peak. */
function marks(line, x, y) {
    return line.moments.map((moment) => {
        const at = x(Math.min(line.counts.length, (Date.parse(moment.time) - Date.parse(line.start)) / line.bucket_ms));
        const joins = moment.kind === "first" || moment.kind === "source";
        const shape = joins ? `M${at} ${PLOT.top - 14}v8` : `M${at} ${PLOT.top - 15}l5 5l-5 5l-5 -5z`;
        return moment.kind !== "peak" && s("g", { class: `${joins ? "joins" : "event"} ${moment.kind}` },
            s("title", null, `${absolute(moment.time)}: ${momentText(moment)}`),
            s("path", { d: shape }), !joins && s("path", { class: "rule", d: `M${at} ${PLOT.top - 4}V${y(0)}` }));
    });
}

function draw(line, width) {
    const top = ceiling(Math.max(1, ...line.counts));
    const step = (width - PLOT.left - PLOT.right) / line.counts.length;
    const x = (i) => PLOT.left + i * step;
    const y = (n) => PLOT.height - PLOT.bottom - (n / top) * (PLOT.height - PLOT.top - PLOT.bottom);
    const text = `Arrivals from ${absolute(line.start)} to ${absolute(line.end)}: ${plural(sum(line.counts), "headline")}, `
        + `at most ${Math.max(...line.counts)} in ${span(line.bucket_ms / 1000)}. The moments are listed below.`;
    return s("svg", { class: "plot", width, height: PLOT.height, viewBox: `0 0 ${width} ${PLOT.height}`, role: "img", "aria-label": text },
        s("path", { class: "grid", d: `M${PLOT.left} ${y(top)}H${width - PLOT.right}` }),
        s("text", { class: "tick", x: PLOT.left - 6, y: y(top) + 4, "text-anchor": "end" }, count(top)),
        s("text", { class: "tick", x: PLOT.left - 6, y: y(0) + 1, "text-anchor": "end" }, "0"),
        bars(line, x, y, step), s("path", { class: "base", d: `M${PLOT.left} ${y(0) + 0.5}H${width - PLOT.right}` }),
        marks(line, x, y), ticks(line, width - PLOT.left - PLOT.right, x));
}

/** The plot of a timeline answer, as wide as where it is put, with what its colours mean. */
export function timeline(line) {
    if (line.counts.length < 2) return h("p", { class: "alone" },
        `All of it arrived within ${span(line.bucket_ms / 1000)}, ${absolute(line.start)}.`);
    const frame = h("div", { class: "frame" });
    let drawn = 0;
    const observer = new ResizeObserver(([entry]) => {
        const width = Math.floor(entry.contentRect.width);
        if (width === drawn || width < 60) return;
        drawn = width;
        frame.replaceChildren(draw(line, width));
    });
    observer.observe(frame);
    return h("figure", { class: "timeline" }, frame, h("figcaption", null,
        h("span", { class: "key k-own" }, "originals"), h("span", { class: "key k-copies" }, "duplicates"),
        h("span", { class: "key k-joins" }, "a source joins"),
        h("span", { class: "bucket-note" }, `bars of ${span(line.bucket_ms / 1000)}`)));
}

/** A bar of a share from 0 to 1, for a cell of a table. */
export function shareBar(share, name = "") {
    const bar = h("span", { class: `share ${name}`, "aria-hidden": "true" }, h("i"));
    bar.firstChild.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
    return bar;
}
