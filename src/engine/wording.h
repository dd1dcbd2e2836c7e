/*
 * wording.h - what is known of single words when two titles are compared: which say the same, which exclude each other, and which
 * say nothing or change everything.
 *
 * Small tables written by hand. Words are folded; those of the tables of English are stems where the stemmer makes one of the inflections
 * ("kill" for "kills" and "killed"), so that both a word and its stem may be asked for.
 */
#ifndef HL_ENGINE_WORDING_H
#define HL_ENGINE_WORDING_H

#include "core/text.h"
#include "engine/state.h"

/* Something that can be only one way at a time: a direction of prices, a day of the week. */
enum hl_axis {
    HL_AXIS_NONE,
    HL_AXIS_TREND,
    HL_AXIS_COURSE,
    HL_AXIS_CONSENT,
    HL_AXIS_LIBERTY,
    HL_AXIS_OUTCOME,
    HL_AXIS_PLACE,
    HL_AXIS_TRADE,
    HL_AXIS_POST,
    HL_AXIS_MAKING,
    HL_AXIS_LIFE,
    HL_AXIS_AGE,
    HL_AXIS_HASTE,
    HL_AXIS_SIZE,
    HL_AXIS_AMOUNT,
    HL_AXIS_WORTH,
    HL_AXIS_HEIGHT,
    HL_AXIS_ORDER,
    HL_AXIS_PEACE,
    HL_AXIS_SEX,
    HL_AXIS_WAY,
    HL_AXIS_DAY,
    HL_AXIS_MONTH,
    HL_AXIS_HOUR,
    HL_AXIS_SEASON,
    HL_AXIS_SCALE,
    HL_AXIS_PERIOD,
    HL_AXIS_OFFICE,
    HL_AXIS_COLOUR,
};

struct hl_pole {
    enum hl_axis axis;
    uint8_t pole; /* two poles of one axis exclude each other */
};

/* The English word that stands for @word and all that say the same in a headline ("slain": "kill"); @word itself for most. O(log). */
struct hl_text hl_wording_same(struct hl_text word);

/* Where an English word stands on its axis; HL_AXIS_NONE for most. O(log). */
struct hl_pole hl_wording_pole(struct hl_text word);

/* The decimal digits that an English number word from "zero" to "twenty" means, "3rd" for "third"; length 0 for other words. */
struct hl_text hl_wording_number(struct hl_text word);

/* What a number's unit multiplies it by, as a letter: 'h', 'k', 'm', 'b', 't'; 0 for a word that is none. */
char hl_wording_unit(struct hl_text word);

/* True for "percent" in the languages where it is one word, which the sign % replaces. */
bool hl_wording_is_percent(struct hl_text word);

/* True for words that say how a piece is presented or who says it, not what happened. */
bool hl_wording_is_decoration(struct hl_text word);

/* True for words that change who or whether, so that a title with one is other news than the same title without. */
bool hl_wording_is_changer(struct hl_text word);

/* True for function words of which one is not the other. A title that has one where the other has another says something else. */
bool hl_wording_is_direction(struct hl_text word);

/* True for English words by which a title tells what is to come, or may. */
bool hl_wording_is_future(struct hl_text word);

/* True for words that only string others together: around them no order matters. */
bool hl_wording_is_and(struct hl_text word);

#endif
