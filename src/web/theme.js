/* The colour theme, set before anything is drawn: the system's unless the reader has chosen. A classic script: modules would run too late. */
"use strict";
(() => {
    const choices = ["auto", "light", "dark"];
    const stored = () => {
        try {
            return localStorage.getItem("theme");
        } catch {
            return null; // storage is forbidden: the choice lasts as long as the page
        }
    };
    let choice = choices.includes(stored()) ? stored() : "auto";

    function show(button) {
        document.documentElement.dataset.theme = choice;
        if (button) {
            button.textContent = { auto: "Auto", light: "Light", dark: "Dark" }[choice];
            button.setAttribute("aria-label", `Colours: ${button.textContent}. Change`);
            button.title = "Colours: as the system has them, light or dark";
        }
    }

    show(null);
    document.addEventListener("DOMContentLoaded", () => {
        const button = document.getElementById("theme");
        show(button);
        button.addEventListener("click", () => {
            choice = choices[(choices.indexOf(choice) + 1) % choices.length];
            try {
                localStorage.setItem("theme", choice);
            } catch {
                // as above
            }
            show(button);
        });
    });
})();
