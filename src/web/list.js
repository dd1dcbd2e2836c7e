/* A list of any length in which only the rows near the window exist. All rows are equally high (the style sheet says how high), so
   that a row's place is its number times that height. */

import { h } from "./dom.js";

const OVERSCAN = 8;   // rows beyond each edge of the window, for the keyboard and fast scrolling
const NEAR_ROWS = 60; // so close to the end, more are fetched
const GLIDE = { duration: 350, easing: "cubic-bezier(.2,.7,.2,1)" };

export class VirtualList {
    /** key(item), create(item) -> <li>, update(row, item); more() is called near the end of what there is. */
    constructor({ key, create, update, more, label }) {
        Object.assign(this, { key, create, update, more });
        this.items = [];
        this.places = new Map(); // by key: the number in items
        this.rows = new Map(); // by key: those that exist
        this.height = 0;
        this.element = h("ol", { class: "rows", role: "list", "aria-label": label });
        this.draw = this.draw.bind(this);
        this.schedule = () => {
            this.frame ||= requestAnimationFrame(this.draw);
        };
        this.resized = () => {
            this.height = 0;
            this.schedule();
        };
        addEventListener("scroll", this.schedule, { passive: true });
        addEventListener("resize", this.resized);
    }

    close() {
        removeEventListener("scroll", this.schedule);
        removeEventListener("resize", this.resized);
        cancelAnimationFrame(this.frame);
    }

    /** Replaces the items; rows whose items stay glide to their new places when the reader is to see the change. */
    set(items, glide = false) {
        this.items = items;
        this.places = new Map(items.map((item, index) => [this.key(item), index]));
        this.glide = glide && !matchMedia("(prefers-reduced-motion: reduce)").matches;
        this.draw();
        this.glide = false;
    }

    /** Puts `change(item)` in the place of the item with this key, if there is one; the order stays. */
    change(key, change) {
        const index = this.places.get(key);
        if (index === undefined) return;
        this.items[index] = change(this.items[index]);
        if (this.rows.has(key)) this.schedule(); // many changes of a moment are one drawing
    }

    measure() {
        if (this.height || this.items.length === 0) return;
        const first = this.rows.values().next().value ?? this.element.appendChild(this.create(this.items[0]));
        this.height = first.getBoundingClientRect().height;
        if (!this.rows.size) first.remove();
    }

    range() {
        const above = -this.element.getBoundingClientRect().top;
        const first = Math.max(0, Math.floor(above / this.height) - OVERSCAN);
        const last = Math.min(this.items.length, Math.ceil((above + innerHeight) / this.height) + OVERSCAN);
        return [Math.min(first, last), Math.max(0, last)];
    }

    draw() {
        this.frame = 0;
        this.measure();
        this.element.style.height = `${this.items.length * this.height}px`;
        const [first, last] = this.range();
        const wanted = new Map();
        for (let i = first; i < last; i++) wanted.set(this.key(this.items[i]), i);
        for (const [key, row] of this.rows) {
            if (wanted.has(key)) continue;
            row.remove();
            this.rows.delete(key);
        }
        let before = this.element.firstElementChild;
        for (const [key, index] of wanted) {
            const row = this.place(key, index);
            if (row === before) before = row.nextElementSibling;
            else this.element.insertBefore(row, before);
        }
        if (this.items.length - last < NEAR_ROWS) this.more();
    }

    place(key, index) {
        const item = this.items[index];
        let row = this.rows.get(key);
        if (!row) {
            row = this.create(item);
            this.rows.set(key, row);
        } else if (row.item !== item) {
            this.update(row, item);
        }
        row.item = item;
        const y = `translateY(${index * this.height}px)`;
        if (row.style.transform !== y) {
            if (this.glide && row.style.transform) row.animate([{ transform: row.style.transform }, { transform: y }], GLIDE);
            row.style.transform = y;
            row.setAttribute("aria-posinset", index + 1);
        }
        row.setAttribute("aria-setsize", this.items.length);
        return row;
    }

    /** Moves the focus so many rows on (or back), and scrolls there. */
    step(by) {
        const focused = document.activeElement?.closest?.("li");
        const from = focused?.item ? this.key(focused.item) : this.current;
        const index = Math.max(0, Math.min(this.items.length - 1, (this.places.get(from) ?? -1) + by));
        if (!this.items[index]) return;
        this.current = this.key(this.items[index]);
        const y = this.element.getBoundingClientRect().top + index * this.height;
        if (y < 120) scrollBy(0, y - 160);
        else if (y + this.height > innerHeight) scrollBy(0, y + this.height - innerHeight + 24);
        this.draw();
        this.rows.get(this.current)?.querySelector("a")?.focus({ preventScroll: true });
    }
}
