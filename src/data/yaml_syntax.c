#include "base/utf8.h"
#include "data/yaml_inside.h"

/* libyaml's problem, and what to tell the author. */
static const struct {
    const char *problem, *sentence;
} sentences[] = {
    {"mapping values are not allowed in this context",
     "a ':' cannot stand here: check the indentation, or put a text that holds ': ' in quotes"},
    {"mapping keys are not allowed in this context", "a '?' key cannot stand here"},
    {"block sequence entries are not allowed in this context",
     "a '-' cannot stand here: begin the list on a line of its own, below its key"},
    {"did not find expected key",
     "this line does not fit the map above it: check its indentation, and quotes that end early"},
    {"did not find expected '-' indicator",
     "this line does not fit the list above it: begin it with '- ', or check its indentation"},
    {"could not find expected ':'",
     "this line should be 'key: value': the ':' is missing, or the indentation is wrong"},
    {"did not find expected ',' or ']'", "a ',' or the ']' that closes the list should be here"},
    {"did not find expected ',' or '}'", "a ',' or the '}' that closes the map should be here"},
    {"did not find expected node content", "a value should be here"},
    {"did not find expected <document start>",
     "nothing may follow the document here: check the indentation of this line"},
    {"found unexpected end of stream", "a quote is opened but never closed"},
    {"found unexpected document indicator", "a quote is opened but not closed before this line"},
    {"found unknown escape character",
     "no such escape: write \\\\ for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number",
     "\\x, \\u and \\U must be followed by 2, 4 and 8 hexadecimal digits"},
    {"found invalid Unicode character escape code", "this escape is no Unicode character"},
    {"found a tab character that violates indentation", "a tab cannot indent YAML: use spaces"},
    {"found a tab character where an indentation space is expected",
     "a tab cannot indent YAML: use spaces"},
    {"found an indentation indicator equal to 0", "an indentation indicator is 1 to 9"},
    {"did not find expected comment or line break",
     "after '|' or '>' the text begins on the next line"},
    {"did not find expected alphabetic or numeric character",
     "the name of an anchor or alias should be here: letters, digits, '-' or '_'; put a text that "
     "begins with '&' or '*' in quotes"},
    {"did not find expected whitespace or line break", "a space should be here, after the tag"},
    {"found undefined tag handle", "the prefix of this tag is not declared"},
    {"found incompatible YAML document", "the %YAML directive must say 1.1 or 1.2"},
    {"found unexpected ':'", "a ':' cannot stand in a plain text inside [ ] or { }: use quotes"},
    {"control characters are not allowed",
     "a control character cannot stand in YAML: write it as an escape in double quotes"},
};

void yaml_place(struct str text, size_t offset, int *ret_line, int *ret_col)
{
    size_t line = 0;

    if (offset > text.n) offset = text.n;
    *ret_line = 1;
    for (size_t i = 0; i < offset; i++)
        if (text.p[i] == '\n') {
            ++*ret_line;
            line = i + 1;
        }
    *ret_col = (int)utf8_count(str_n(text.p + line, offset - line)) + 1;
}

/* The byte at a place; NUL at the end of the text. */
static char byte_at(struct str text, yaml_mark_t mark)
{
    struct str line = str_n("", 0);
    bool have = str_cut(&text, '\n', &line);

    for (size_t i = 0; have && i < mark.line; i++) have = str_cut(&text, '\n', &line);
    for (size_t i = 0; have && i < mark.column && line.n; i++) (void)utf8_next(&line);
    if (!have || line.n == 0) return '\0';
    return line.p[0];
}

static void cannot_start(char c, char out[100])
{
    if (c == '\t')
        snprintf(out, 100, "a tab cannot indent YAML: use spaces");
    else if (c == '%')
        snprintf(out, 100, "a text cannot begin with '%%': put it in quotes");
    else if (c == '@' || c == '`')
        snprintf(out, 100, "a text cannot begin with '%c': put it in quotes", c);
    else
        snprintf(out, 100, "this character cannot begin a value: put the text in quotes");
}

static const char *sentence_for(const char *problem)
{
    for (size_t i = 0; i < COUNT_OF(sentences); i++)
        if (strcmp(sentences[i].problem, problem) == 0) return sentences[i].sentence;
    return problem;
}

void yaml_syntax(struct report *report, const char *file, struct str text,
                 const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "this is not YAML";
    yaml_mark_t at = parser->problem_mark, from = parser->context_mark;
    int line = (int)at.line + 1, col = (int)at.column + 1;
    char cannot[100], begun[60] = "";

    if (parser->error == YAML_READER_ERROR) {
        yaml_place(text, parser->problem_offset, &line, &col);
    } else if (parser->context && from.line != at.line &&
               strcmp(parser->context, "while scanning for the next token") != 0) {
        snprintf(begun, sizeof begun, " (what it belongs to begins in line %d)",
                 (int)from.line + 1);
    }
    if (strcmp(problem, "found character that cannot start any token") == 0) {
        cannot_start(byte_at(text, at), cannot);
        problem = cannot;
    }
    report_add(report, file, line, col, "%s%s", sentence_for(problem), begun);
}
