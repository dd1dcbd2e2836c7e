/* Why a headline is where it is, in words first, then in the numbers that decided. */

import { get } from "./api.js";
import { shareBar } from "./charts.js";
import { figureCell, figureHead, h, rowHead, table, th, words } from "./dom.js";
import { decimals, span } from "./format.js";
import { storyLink } from "./frame.js";

const FACTORS = {
    words: ["Words in common", (x) => String(x), "fewer than the setting asks for make the score 0"],
    terms: ["Likeness of words", decimals, "rare words count most"],
    chars: ["Likeness of letters", decimals, "catches other forms of the same word"],
    likeness: ["Likeness", decimals, "both together"],
    gap_s: ["Time between", span, "from the story's span"],
    decay: ["Freshness", decimals, "what remains of the likeness after that time"],
    noise: ["Noise", decimals, "what the story scores with headlines that go elsewhere"],
    score: ["Score", decimals, "likeness × freshness, less noise"],
};

const VERDICTS = { new: "founds a story", exact: "same text as another", near: "interchangeable with another", related: "joins a story",
    replayed: "sent again", revised: "revised" };
export const verdictText = (verdict) => VERDICTS[verdict] ?? verdict;

const listed = (texts) => (texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`);
const LED_BY = 4; // words in common that the first sentence names

const secondOf = ({ stories }) => stories.find((story, i) => i > 0 && story.candidate && !story.own);

/** The decision in a sentence or two. */
function lead(answer) {
    const { now, join, stories } = answer;
    const [best] = stories;
    const second = secondOf(answer);
    const rival = second && join.second > 0
        ? ` The second best story, \u201c${second.title ?? second.story}\u201d, scores ${decimals(join.second)}.` : "";
    if (now.verdict === "exact") return `Another headline in this story has the same text (${now.duplicate_of}).`;
    if (now.verdict === "near") return `It can stand for another headline of this story (${now.duplicate_of}): it says the same.`;
    const comes = `${decimals(join.margin)}, and ${decimals(join.threshold)} is needed`;
    if (now.verdict === "new" && best) return `By itself it would found a story: what it has in common with the best other one comes to ${comes}.`;
    if (now.verdict === "new") return "It founds a story: no other has words in common with it.";
    const terms = best.shared.filter(({ hot }) => !hot).sort((a, b) => b.part - a.part).slice(0, LED_BY).map(({ text }) => `\u201c${text}\u201d`);
    return `It shares ${listed(terms)} with this story. That comes to ${comes}.${rival}`;
}

/** One line of the scale: a bar as long as the score, and its number. */
function scaleLine(name, value, top, kind) {
    return h("tr", null, rowHead(name), h("td", { class: "wide" }, shareBar(value / top, kind)), figureCell(decimals(value)));
}

function scale(answer) {
    const { join, stories } = answer;
    const [own] = stories;
    const second = secondOf(answer);
    const top = Math.max(join.best, join.threshold, join.second, 0.01);
    return [
        h("h3", null, "Best, second best, and what was needed"),
        table("Scores", [th("What"), th("", { class: "wide" }), figureHead("Score")], [
            scaleLine(!own ? "Best: none" : own.own ? "This story" : h("span", null, "Best: ",
                storyLink(own.story, own.title ?? `story ${own.story}`)), join.best, top, "own"),
            scaleLine(second ? h("span", null, "Second: ", storyLink(second.story, second.title ?? `story ${second.story}`))
                : "Second best: none", join.second, top, "other"),
            scaleLine("Margin: best, less its rivals and chance", join.margin, top, "own"),
            scaleLine("Needed to join", join.threshold, top, "limit"),
        ]),
        h("p", { class: "verdict" }, join.joins ? "The margin reaches what is needed." : join.full ? "The story is full."
            : "The margin does not reach what is needed."),
    ];
}

function factors(story) {
    const rows = Object.entries(story.factors).map(([name, value]) => {
        const [text, show, meaning] = FACTORS[name] ?? [name.replaceAll("_", " "), decimals, ""];
        return h("tr", null, rowHead(text), figureCell(show(value)), h("td", { class: "note" }, meaning));
    });
    return [h("h3", null, "What the best score is made of"), table("Factors", [th("Factor"), figureHead("Value"), th("")], rows)];
}

function shared(story) {
    if (!story.shared.length) return [h("h3", null, "Words in common"), h("p", { class: "nothing" }, "None.")];
    const top = Math.max(...story.shared.map(({ weight }) => weight), 0.001);
    const rows = [...story.shared].sort((a, b) => b.part - a.part).map(({ text, weight, part, hot }) => h("tr", null,
        words("th", text, null, { scope: "row" }), h("td", { class: "wide" }, shareBar(weight / top, hot ? "other" : "own")),
        figureCell(decimals(weight)), figureCell(hot ? "too common" : decimals(part))));
    return [h("h3", null, "Words in common, as stems"), table("Words in common",
        [th("Word"), th("", { class: "wide" }), figureHead("Weight"), figureHead("Part")], rows)];
}

const WHY = {
    interchangeable: "it can stand for this one", distance: "too different letter for letter", tails: "their endings differ",
    no_words: "no words to go by", too_long: "too long to compare",
    numbers: "their numbers differ", negation: "one denies what the other says", extra_words: "one says more", share: "too few words in common",
    words: "their words differ", names: "their names differ",
    future: "one tells what will be, the other what is", opposites: "they say opposite things", direction: "the direction differs",
    order: "the order differs",
};

function nearest(near) {
    if (!near) return [];
    const about = [near.word, near.other_word].filter(Boolean).map((word) => `“${word}”`).join(" and ");
    const why = `${WHY[near.why] ?? near.why.replaceAll("_", " ")}${about ? ` (${about})` : ""}`;
    return [h("h3", null, "The most similar headline"), h("p", null, h("code", { dir: "auto" }, near.id),
        `: ${near.distance ?? "no"} of 256 bits differ; ${near.near ? "a duplicate" : "no duplicate"}: ${why}.`)];
}

function changed({ arrival, now }) {
    if (!arrival) return null;
    const same = arrival.verdict === now.verdict && arrival.story === now.story;
    const place = (at) => (at.story ? `${verdictText(at.verdict)} (${at.verdict}), story ${at.story}`
        : `${verdictText(at.verdict)} (${at.verdict})`);
    return h("p", { class: "note" }, same ? `On arrival and now: ${place(now)}.`
        : `On arrival: ${place(arrival)}. Now it would be: ${place(now)}.`);
}

/** The explanation of an `explain` answer of one headline, as elements. */
export function explanation(answer) {
    const [best] = answer.stories;
    return [
        words("p", lead(answer), null, { class: "reason" }),
        changed(answer),
        scale(answer),
        best ? h("div", { class: "pair" }, h("div", null, shared(best)), h("div", null, factors(best))) : null,
        nearest(answer.nearest),
        h("details", { class: "reasons" }, h("summary", null, "The whole reckoning, as the daemon tells it"),
            h("ul", null, answer.reasons.map((reason) => h("li", { dir: "auto" }, reason)))),
        h("p", { class: "note" }, `Read as: “${answer.headline.text}”`, answer.headline.tail ? `; cut from its end: “${answer.headline.tail}”`
            : "", answer.headline.lang ? `; language ${answer.headline.lang}` : ""),
    ].flat(2).filter(Boolean);
}

export const explain = async (id, collection, signal) => explanation(await get("explain", "explain", { id, collection }, signal));
