/*
 * topic_label.h - the words that tell what a topic is about, as people write them.
 */
#ifndef HL_ENGINE_TOPIC_LABEL_H
#define HL_ENGINE_TOPIC_LABEL_H

#include "engine/state.h"

/*
 * Fills @out with the topic's most telling words, best first; returns their number, at most HL_TOPIC_TERMS, at least 1 while its stories have an
 * anchor. The spelling is the most frequent one in the titles of its latest 16 stories. HL_NO_MEMORY leaves *@count at 0.
 */
enum hl_status hl_topic_label(struct hl_collection *c, uint32_t topic, struct hl_topic_term *out, size_t *count,
                              struct hl_error *error);

#endif
