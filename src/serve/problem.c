/* problem.c - errors as RFC 9457 tells them. */
#include "data/json.h"
#include "serve/inside.h"

enum { PROBLEM_MAX = 8192 };

static const struct {
    int status;
    const char *title;
} titles[] = {
    {400, "Bad Request"},       {401, "Unauthorized"},          {403, "Forbidden"},
    {404, "Not Found"},         {405, "Method Not Allowed"},    {409, "Conflict"},
    {413, "Content Too Large"}, {422, "Unprocessable Content"}, {500, "Internal Server Error"},
    {502, "Bad Gateway"},       {503, "Service Unavailable"},   {504, "Gateway Timeout"},
};

static const char *title_of(int status)
{
    for (size_t i = 0; i < COUNT_OF(titles); i++)
        if (titles[i].status == status) return titles[i].title;
    return "Error";
}

void problem_body(struct buf *b, int status, const char *name, const char *detail)
{
    buf_addf(b, "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d", name, title_of(status),
             status);
    put_text(b, "detail", str_of(detail));
    buf_addc(b, '}');
}

void problem_send(struct http_request *r, int status, const char *name, const char *detail,
                  const struct http_header *extra)
{
    AUTO(buf) struct buf b = BUF(PROBLEM_MAX);

    problem_body(&b, status, name, detail);
    http_reply(r, status, "application/problem+json", buf_str(&b), extra);
}

void problem_err(struct http_request *r, const struct err *e)
{
    if (e->code == E_FULL)
        problem_later(r, e->text);
    else
        problem_send(r, err_http(e->code), err_name(e->code), e->text, NULL);
}

void problem_later(struct http_request *r, const char *detail)
{
    static const struct http_header later[] = {{"Retry-After", "5"}, {NULL, NULL}};

    problem_send(r, 503, err_name(E_FULL), detail, later);
}
