/* The live connection: one stream of events for the whole page, kept alive across restarts of the daemon. */

import { hello, lacks, path } from "./api.js";
import { readEvents } from "./sse.js";

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const POLL_MS = 10000;
const KINDS = "story_created,story_grew,story_merged,story_split,story_expired,story_topic,topic_created,topic_merged,topic_expired";

/** Sends "event" (detail: the event object), "refresh" (anything may have changed: ask anew) and "state". */
export const live = new EventTarget();
live.state = "connecting"; // live, lost, polling

let collection = null;
let lastId = null;
let attempts = 0;
let connection = null; // of the stream that is open or being opened
let wake = () => {};

function emit(type, detail) {
    live.dispatchEvent(new CustomEvent(type, { detail }));
}

function become(state) {
    if (live.state === state) return;
    live.state = state;
    emit("state", state);
}

/** Waits, but not longer than until the network is back or somebody looks at the page again. */
function pause(duration_ms) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, duration_ms);
        wake = () => {
            clearTimeout(timer);
            resolve();
        };
    });
}

function onFrame({ event, data, id }) {
    if (id !== null) lastId = id;
    if (data === "") return; // a sign of life that tells how far the daemon has come
    const value = JSON.parse(data);
    if (event === "reset") {
        lastId = value.next ?? null;
        emit("refresh");
    } else if (event !== "end") {
        emit("event", value);
    }
}

function onOpen(again) {
    attempts = 0;
    become("live");
    if (again) emit("refresh");
}

/** One connection, from beginning to end. */
async function connect(signal, again) {
    if (again) await hello(); // it may be another version now
    if (lacks("subscribe")) {
        await poll(again);
        return;
    }
    try {
        await readEvents(path("v1/events", { collection, kinds: KINDS }), { lastId, signal, onOpen: () => onOpen(again), onFrame });
    } catch (error) {
        if (!error.status) throw error;
        await poll(again); // it is there, but has no events for us, or none now
    }
}

/** In place of a stream: ask anew, and wait. */
async function poll(again) {
    become("polling");
    if (again) emit("refresh");
    await pause(POLL_MS);
}

async function run(signal, again) {
    for (; !signal.aborted; again = true) {
        try {
            await connect(signal, again);
            if (live.state === "polling") continue;
        } catch (error) {
            if (!signal.aborted) console.info(`live updates: ${error.message}`);
        }
        if (signal.aborted) return;
        become("lost");
        await pause(RETRY_MS[Math.min(attempts++, RETRY_MS.length - 1)] * (0.75 + Math.random() / 2));
    }
}

function stop() {
    connection?.abort();
    connection = null;
    wake();
}

function begin(again) {
    connection = new AbortController();
    run(connection.signal, again);
}

/** Follows this collection from now on. */
export function follow(name) {
    if (collection === name) return;
    stop();
    collection = name;
    lastId = null; // what was missed is of no interest there
    begin(false);
}

// A page that nobody sees gives its connection back: a browser has six for one server, and pages kept for the back button hold theirs.
function seen() {
    if (document.hidden) stop();
    else if (!connection && collection !== null) begin(true);
}

document.addEventListener("visibilitychange", seen);
addEventListener("pagehide", stop);
addEventListener("pageshow", seen);
addEventListener("online", () => wake());
