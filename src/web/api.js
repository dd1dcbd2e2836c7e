/* Asking the daemon: one function for all routes of /v1, and what it can do. */

import { setServerTime } from "./format.js";

/** An answer that is an error, or none at all (code "unreachable"). */
export class ApiError extends Error {
    constructor(code, message, status) {
        super(message);
        this.code = code;
        this.status = status;
    }
}

/** What `hello` has told: ops is the set of questions this daemon answers. */
export const server = { name: "", ops: new Set() };

const WORDS = {
    breaking: "what is breaking", timeline: "a story's timeline", search: "a search", similar: "headlines like another",
    sources: "figures of sources", collections: "the list of collections", subscribe: "live updates",
};

export function lacks(op) {
    return server.ops.size > 0 && !server.ops.has(op);
}

/** The path of a route with its parameters; those without a value are left out. */
export function path(route, parameters = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined && value !== null && value !== "") query.set(name, value);
    }
    const text = query.toString();
    return text ? `${route}?${text}` : route;
}

async function ask(route, parameters, signal) {
    let response;
    let answer = null;
    try {
        response = await fetch(path(route, parameters), { signal, headers: { accept: "application/json" } });
        answer = await response.json();
    } catch (error) {
        if (error.name === "AbortError") throw error;
        if (!response) throw new ApiError("unreachable", "The daemon cannot be reached.", 0);
        throw new ApiError("unreachable", `The daemon's answer cannot be read (status ${response.status}).`, response.status);
    }
    if (!answer.ok) throw new ApiError(answer.error?.code ?? "internal", answer.error?.message ?? `status ${response.status}`, response.status);
    return answer;
}

/** The answer to a GET of /v1/ROUTE; `op` says which question that is, so that an older daemon gets a clear word. */
export function get(op, route, parameters, signal) {
    if (lacks(op)) return Promise.reject(new ApiError("unknown_op",
        `${server.name || "This daemon"} does not answer ${WORDS[op] ?? op} (op "${op}"): it needs a newer version.`, 404));
    return ask(`v1/${route}`, parameters, signal);
}

export async function hello() {
    const answer = await ask("v1/hello");
    server.name = answer.server;
    server.ops = new Set(answer.ops);
    setServerTime(answer.time);
    return answer;
}
