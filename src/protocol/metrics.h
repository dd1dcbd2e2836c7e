/*
 * metrics.h - everything there is to count, as a document for Prometheus.
 */
#ifndef HL_PROTOCOL_METRICS_H
#define HL_PROTOCOL_METRICS_H

#include "protocol/service.h"

#define HL_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/*
 * Appends the document in the Prometheus text format 0.0.4: the figures that `stats` shows, each with HELP and TYPE, names beginning with
 * headlined_, in seconds and bytes. What @service does not have is left out: figures, measures, events, keeper. At most HL_LIST_MAX collections have series of their
 * own. HL_NO_MEMORY (@out->failed is set, and part of it may be appended). About 30 KB, and 150 bytes for each collection.
 */
enum hl_status hl_metrics_put(struct hl_buffer *out, const struct hl_service *service);

#endif
