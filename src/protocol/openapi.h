/*
 * openapi.h - the OpenAPI 3.1 document of all routes, made from routes.def, the shapes and answers.def, so that it cannot tell of what is
 * not there. Pure.
 */
#ifndef HL_PROTOCOL_OPENAPI_H
#define HL_PROTOCOL_OPENAPI_H

#include "protocol/http_route.h"

/* Appends the document. @server_name is told as its version. */
void hl_openapi_put(const struct hl_http_routes *routes, const char *server_name, struct hl_buffer *out);

/* The members that @command answers, as in answers.def; NULL: they are missing there. */
const char *hl_openapi_answer(const struct hl_command *command);

#endif
