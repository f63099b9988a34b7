/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_REF_H
#define IMAGE_REF_H

#include "base/error.h"

/*
 * The name of an image: [DOMAIN/]PATH[:TAG][@DIGEST].  Both spellings below
 * mean the same image; the short one is what people see and type.
 *
 *     canonical   docker.io/library/busybox:latest
 *     familiar    busybox:latest
 */
struct image_ref {
    char *canonical;
    char *familiar;
    char *name;   /* familiar, without tag and digest */
    char *domain; /* "docker.io": which registry, maybe with a port */
    char *path;   /* "library/busybox": which repository there */
    char *tag;    /* "latest" unless given; NULL beside a digest only */
    char *digest; /* "sha256:..." or NULL */
};

/* Parse TEXT with Docker's defaults and Docker's errors.  The caller frees
 * with ref_done().  Source: distribution, reference grammar. */
int ref_parse(const char *text, struct image_ref *out, struct mb_error *err);
void ref_done(struct image_ref *ref);

/* A digest says it all: who types NAME:TAG@DIGEST means NAME@DIGEST, whatever
 * the tag means today.  Drop the tag then. */
void ref_favor_digest(struct image_ref *ref);

#endif
