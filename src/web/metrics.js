/* Reading /metrics, the text that Prometheus reads: the latencies by op stand only there. */

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** All samples as {name, labels, value}. */
export function samples(text) {
    const found = [];
    for (const line of text.split("\n")) {
        const match = line.startsWith("#") ? null : SAMPLE.exec(line);
        if (!match) continue;
        const labels = Object.fromEntries([...(match[2] ?? "").matchAll(LABEL)].map(([, name, value]) => [name, value]));
        found.push({ name: match[1], labels, value: Number(match[3].replace("Inf", "Infinity")) });
    }
    return found;
}

/** The value below which a share of what a histogram has counted lies, read off its buckets: an upper bound. */
export function quantile(buckets, share) {
    const total = buckets.at(-1)?.count ?? 0;
    if (total === 0) return null;
    return buckets.find(({ count }) => count >= share * total).le;
}

/** The histograms of seconds by op: [{op, count, sum, buckets: [{le, count}...]}...], the most used first. */
export function latencies(text) {
    const ops = new Map();
    for (const { name, labels, value } of samples(text)) {
        const match = /^headlined_\w*seconds_(bucket|sum|count)$/.exec(name);
        if (!match || !labels.op) continue;
        const one = ops.get(labels.op) ?? { op: labels.op, count: 0, sum: 0, buckets: [] };
        ops.set(labels.op, one);
        if (match[1] === "bucket") one.buckets.push({ le: Number(labels.le.replace("+Inf", "Infinity")), count: value });
        else one[match[1]] = value;
    }
    return [...ops.values()].filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
}
