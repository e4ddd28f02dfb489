/* yaml_inside.h - libyaml's syntax errors in words of our own. */
#ifndef DATA_YAML_INSIDE_H
#define DATA_YAML_INSIDE_H

#include <yaml.h>

#include "base/report.h"
#include "base/str.h"

/* Adds the complaint about the fault at which the parser stopped; `text` is what it was given. */
void yaml_syntax(struct report *report, const char *file, struct str text,
                 const yaml_parser_t *parser);

/* The place of a byte of the text, both from 1, columns in characters as libyaml counts them. */
void yaml_place(struct str text, size_t offset, int *ret_line, int *ret_col);

#endif
