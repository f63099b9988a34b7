/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_TOKEN_H
#define IMAGE_TOKEN_H

#include "base/error.h"
#include "image/challenge.h"
#include "image/credentials.h"
#include "image/http.h"

/* Who asks, and for what. */
struct token_request {
    struct http *http;
    const char *base;  /* the registry, "https://host:port" */
    const char *scope; /* unless the challenge names one */
    const struct credentials *login;
    const char *ca;
    bool any_certificate;
};

/* The answer to a challenge: the value of the Authorization header, "Basic ..."
 * or "Bearer ...".  Caller frees; NULL with *err. */
char *token_answer(const struct token_request *request,
                   const struct challenge *challenge, struct mb_error *err);

#endif
