/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_CHALLENGE_H
#define IMAGE_CHALLENGE_H

#include "base/error.h"

/* What a server wants to know before it answers: one challenge out of a
 * WWW-Authenticate header.  Source: RFC 9110, section 11.6.1; distribution,
 * "Token Authentication Specification". */
enum challenge_scheme {
    CHALLENGE_NONE,  /* nothing that we could answer */
    CHALLENGE_BASIC, /* name and password */
    CHALLENGE_BEARER /* a token, to be had at `realm` */
};
struct challenge {
    enum challenge_scheme scheme;
    char *realm, *service, *scope; /* NULL where not given */
};

/* Read the header's value; out of several challenges Bearer is taken before
 * Basic.  What can't be understood gives CHALLENGE_NONE, never a crash.  Bearer
 * without a realm is CHALLENGE_NONE.  challenge_done() frees. */
void challenge_parse(const char *header, struct challenge *out);
void challenge_done(struct challenge *challenge);

#endif
