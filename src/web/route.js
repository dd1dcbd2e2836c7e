/* Addresses within the page: #/view/id?parameters. The collection goes with every link, so that an address can be passed on. */

export const DEFAULT_COLLECTION = "default";

/** The address as {view, id, parameters}. */
export function read() {
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
    const [view, id] = path.split("/", 2);
    const decoded = id === undefined ? null : decode(id);
    return { view: view || "stories", id: decoded, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

function decode(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text; // a stray % that somebody typed
    }
}

export const collection = () => read().parameters.collection || DEFAULT_COLLECTION;

/** An address; parameters without a value are left out, and the collection is the present one unless given. */
export function to(view, id, parameters = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ collection: collection(), ...parameters })) {
        if (value && !(name === "collection" && value === DEFAULT_COLLECTION)) query.set(name, value);
    }
    const text = query.toString();
    return `#/${view}${id === null || id === undefined ? "" : `/${encodeURIComponent(id)}`}${text ? `?${text}` : ""}`;
}

/** Goes there as a step of its own, or in place of the present address. */
export function go(address, replace = false) {
    if (replace) location.replace(address);
    else location.hash = address;
}
