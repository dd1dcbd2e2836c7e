/* Numbers and times as people read them: relative to the daemon's clock, in the viewer's zone. */

import { h } from "./dom.js";

const whole = new Intl.NumberFormat();
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const UNITS = [[60, 1, "s"], [3600, 60, "min"], [48 * 3600, 3600, "h"], [Infinity, 86400, "d"]];
const TICK_MS = 5000;

let skew_ms = 0;

/** Tells the daemon's time, so that ages are right on a machine whose clock is not. */
export function setServerTime(time) {
    skew_ms = Date.parse(time) - Date.now();
}

export const serverNow = () => Date.now() + skew_ms;
export const count = (n) => whole.format(n);
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
export const percent = (share) => `${Math.round(share * 100)} %`;
export const decimals = (x, digits = 3) => Number(x).toFixed(digits);
export const absolute = (time) => moment.format(new Date(time));

/** A span of seconds in its largest fitting unit: 45 s, 12 min, 3 h, 5 d. */
export function span(seconds) {
    const value = Math.max(0, seconds);
    const [, unit, name] = UNITS.find(([limit]) => value < limit);
    const amount = value / unit;
    return `${unit > 60 && amount < 10 ? Math.round(amount * 10) / 10 : Math.floor(amount)} ${name}`;
}

function age(time) {
    const seconds = (serverNow() - Date.parse(time)) / 1000;
    if (seconds < 5) return "now";
    const [, unit, name] = UNITS.find(([limit]) => seconds < limit);
    return `${Math.floor(seconds / unit)} ${name}`;
}

/** How long after something else: +12 min. */
export const lag = (seconds) => (seconds < 1 ? "at once" : `+${span(seconds)}`);

/** A <time> that tells its age, keeps telling the right one, and has the full time on hover. */
export function ago(time, suffix = "") {
    const element = h("time", { "data-ago": suffix });
    setTime(element, time);
    return element;
}

export function setTime(element, time) {
    if (element.dateTime !== time) {
        element.dateTime = time;
        element.title = absolute(time);
    }
    const text = age(time);
    const full = text === "now" ? text : text + element.dataset.ago;
    if (element.textContent !== full) element.textContent = full;
}

setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("time[data-ago]")) setTime(element, element.dateTime);
}, TICK_MS);

/** A time on an axis that is so long. */
export function axisTime(time_ms, span_ms) {
    const format = span_ms < 600e3 ? clockSeconds : span_ms < 20 * 3600e3 ? clock : span_ms < 6 * 86400e3 ? dayClock : day;
    return format.format(new Date(time_ms));
}

export function bytes(n) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let value = n;
    let unit = 0;
    for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
    return `${unit > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

let languages = null;

/** The name of a language by its tag; the tag itself when it has none. */
export function language(tag) {
    try {
        languages ??= new Intl.DisplayNames(undefined, { type: "language" });
        return languages.of(tag) ?? tag;
    } catch {
        return tag;
    }
}
