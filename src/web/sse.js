/* Reading Server-Sent Events with fetch. EventSource would do, but it hides comments: a wall that hangs on a dead connection would never know. */

const SILENCE_MS = 40000; // the daemon sends a comment every 15 s

/** The fields of one frame; data is empty in one of comments only. */
function frame(text) {
    const fields = { event: "message", data: "", id: null };
    for (const line of text.split("\n")) {
        const colon = line.indexOf(":");
        if (colon === 0 || line === "") continue;
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        fields[name] = name === "data" && fields.data ? `${fields.data}\n${value}` : value;
    }
    return fields;
}

/**
 * Reads the stream until it ends, and calls onFrame for each frame; onOpen once it has begun. Throws when it breaks, when the
 * daemon refuses (error.status, error.message) and when it is silent for too long. Ends quietly when the signal is aborted.
 */
export async function readEvents(url, { lastId, signal, onOpen, onFrame }) {
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort());
    let timer = 0;
    const heard = () => {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), SILENCE_MS);
    };
    try {
        heard();
        const headers = { accept: "text/event-stream", ...(lastId ? { "last-event-id": lastId } : {}) };
        const response = await fetch(url, { headers, signal: stop.signal, cache: "no-store" });
        if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
        onOpen();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let pending = "";
        for (;;) {
            const { value, done } = await reader.read();
            if (done) return;
            heard();
            const frames = (pending + value.replaceAll("\r", "")).split("\n\n");
            pending = frames.pop();
            for (const text of frames) {
                const fields = frame(text);
                if (fields.data !== "" || fields.id !== null) onFrame(fields);
            }
        }
    } finally {
        clearTimeout(timer);
        stop.abort();
    }
}
