/* Making elements. Text from the daemon becomes text nodes and attributes only, never markup; and only here are links to other sites made. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

/** An HTML element: h("p", {class: "by", onclick: f}, "text", element, [more], null). */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const REFERENCES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”",
    ndash: "–", mdash: "—", hellip: "…" };

/** Text without the character references that feeds leave in titles (&amp;#8217; and its like). What comes out is text still. */
export const readable = (text) => text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,6}));/g, (whole, decimal, hex, name) => {
    if (name) return REFERENCES[name] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code >= 32 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
});

/** A headline's or source's own words: in their language and direction, whatever the page's are. */
export const words = (tag, text, lang, attributes) => h(tag, { dir: "auto", lang: lang || null, ...attributes }, readable(text));

/** The URL as one that may be followed, or null: only web addresses, so that no javascript: or data: gets through. */
export function safeUrl(url) {
    try {
        const parsed = new URL(url);
        return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
    } catch {
        return null;
    }
}

/** A link out of the dashboard if the URL is fit for one, else plain text. */
export function outLink(url, text, lang) {
    const href = url ? safeUrl(url) : null;
    if (!href) return words("span", text, lang);
    return words("a", text, lang, { href, rel: "noopener noreferrer", target: "_blank", class: "out" });
}

export const hidden = (text) => h("span", { class: "hidden" }, text);

/** A table that scrolls inside itself where it is too wide. */
export const table = (caption, head, rows, attributes) =>
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        h("table", attributes, h("caption", { class: "hidden" }, caption), h("thead", null, h("tr", null, head)), h("tbody", null, rows)));

export const th = (text, attributes) => h("th", { scope: "col", ...attributes }, text);
export const rowHead = (text) => h("th", { scope: "row" }, text);

/** Cells of a column of figures: its heading and the others. */
export const figureHead = (text) => th(text, { class: "n" });
export const figureCell = (text) => h("td", { class: "n" }, text);
