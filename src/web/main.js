/* The page: routes an address to its view, keeps the frame around it (connection, collection, keys), and begins. */

import { get, hello, lacks } from "./api.js";
import { h } from "./dom.js";
import { failure } from "./frame.js";
import { bind, setUpHelp } from "./keys.js";
import { follow, live } from "./live.js";
import * as route from "./route.js";
import * as search from "./search.js";
import * as sources from "./sources.js";
import * as stories from "./stories.js";
import * as story from "./story.js";
import * as system from "./system.js";
import * as topic from "./topic.js";
import * as topics from "./topics.js";

const VIEWS = { stories, story, topics, topic, search, sources, system };
const BELONGS = { story: "stories", topic: "topics" }; // which entry of the navigation is marked
const PLACES = 20; // steps back that find their place again
const BANNER_MS = 1200; // a connection that is back sooner is not worth a word

const byId = (id) => document.getElementById(id);
const places = new Map(); // by number of the step in the history: where the reader was
let steps = 0;
let current = null;

function leave() {
    if (!current) return;
    places.set(current.step, { y: scrollY, kept: current.keep?.() });
    if (places.size > PLACES) places.delete(places.keys().next().value);
    current.controller.abort();
}

/** The number of this step, and what is kept of it when the reader comes back to it. */
function arrive() {
    const back = typeof history.state?.step === "number";
    const step = back ? history.state.step : ++steps;
    if (!back) history.replaceState({ step }, "");
    steps = Math.max(steps, step);
    return { step, place: back ? places.get(step) : undefined };
}

async function open() {
    leave();
    const { step, place } = arrive();
    const address = route.read();
    const view = VIEWS[address.view] ?? stories;
    const controller = new AbortController();
    for (const key of ["j", "k", "n"]) bind(key, null);
    current = { step, controller, keep: null };
    const here = current;
    follow(route.collection());
    showFrame(address);
    const main = byId("main");
    main.replaceChildren();
    scrollTo(0, 0);
    try {
        const keep = await view.open(main, { ...address, collection: route.collection(), signal: controller.signal, kept: place?.kept });
        here.keep = keep;
    } catch (error) {
        if (controller.signal.aborted) return;
        if (error.code === undefined) throw error;
        main.replaceChildren(h("h1", { tabindex: "-1" }, "headlined"), failure(error));
        live.addEventListener("refresh", open, { signal: controller.signal, once: true });
    }
    if (controller.signal.aborted) return;
    if (place) scrollTo(0, place.y);
    if (step > 1 || place) main.querySelector("h1")?.focus({ preventScroll: true });
}

function showFrame({ view }) {
    for (const link of byId("views").querySelectorAll("a")) {
        link.href = route.to(link.dataset.view, null);
        if (link.dataset.view === (BELONGS[view] ?? view)) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
    }
    byId("collection").value = route.collection();
}

const STATES = { connecting: "Connecting", live: "Live", lost: "Disconnected", polling: "Every 10 s" };

function showState() {
    const { state } = live;
    byId("state").dataset.state = state;
    byId("state").textContent = STATES[state];
    byId("state").title = state === "polling" ? "This daemon sends no live events, or none now: the page asks again every 10 seconds" : "";
    const lost = () => {
        if (live.state !== "lost") return;
        byId("banner").textContent = "No connection to the daemon. What you see is as it was; the page reconnects by itself.";
        byId("banner").hidden = false;
    };
    if (state === "lost") setTimeout(lost, BANNER_MS);
    else byId("banner").hidden = true;
}

async function collections() {
    if (!lacks("collections")) return (await get("collections", "collections")).collections;
    return (await get("stats", "stats")).collections;
}

/** The chooser: shown where there is a choice. */
async function showCollections() {
    let names;
    try {
        names = (await collections()).map(({ collection }) => collection);
    } catch (error) {
        if (error.code === undefined) throw error;
        return; // it comes with the next refresh
    }
    const all = [...new Set([route.DEFAULT_COLLECTION, ...names, route.collection()])];
    const chooser = byId("collection");
    if (all.join() !== [...chooser.options].map((option) => option.value).join()) chooser.replaceChildren(...all.map((name) =>
        h("option", { value: name }, name)));
    chooser.value = route.collection();
    byId("collection-tool").hidden = all.length < 2;
}

function choose() {
    const { view } = route.read();
    route.go(route.to(BELONGS[view] ?? view, null, { collection: byId("collection").value }));
}

function toSearch() {
    const box = document.querySelector("input[name=q]");
    if (box) box.focus();
    else route.go(route.to("search", null));
}

async function begin() {
    history.scrollRestoration = "manual"; // the lists must be there before the window can scroll
    setUpHelp(byId("keys"), byId("help"));
    bind("/", toSearch);
    bind("u", () => history.back());
    byId("collection").addEventListener("change", choose);
    document.querySelector(".skip").addEventListener("click", (event) => {
        event.preventDefault(); // an address of the router it is not
        byId("main").focus();
    });
    live.addEventListener("state", showState);
    live.addEventListener("refresh", showCollections);
    addEventListener("hashchange", open);
    try {
        await hello();
    } catch (error) {
        if (error.code === undefined) throw error; // else the live connection goes on trying
    }
    showCollections();
    await open();
}

begin();
